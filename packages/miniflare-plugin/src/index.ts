import { ProxyNodeBinding } from "miniflare";
import { address, bindings } from "./options.js";

const name = "plexus-ai";

const service = (binding: string) => `${name}:${binding}`;

/**
 * The plugins that Miniflare finds in this package. "plexus-ai" gives a Worker
 * the genuine `Ai` object of the runtime, whose requests go to a Plexus server.
 */
export const plugins = {
  [name]: {
    getBindings(options: unknown) {
      return bindings(options, name).map(([binding]) => ({
        name: binding,
        wrapped: {
          moduleName: "cloudflare-internal:ai-api",
          innerBindings: [{ name: "fetcher", service: { name: service(binding) } }],
        },
      }));
    },

    getNodeBindings(options: unknown) {
      return Object.fromEntries(bindings(options, name).map(([binding]) => [binding, new ProxyNodeBinding()]));
    },

    getServices({ options }: { options: unknown }) {
      return bindings(options, name).map(([binding, settings]) => ({
        name: service(binding),
        external: { address: address(settings), http: {} },
      }));
    },
  },
};
