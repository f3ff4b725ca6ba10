using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  structuredLogging = true,
  sockets = [(name = "http", address = "unix:/tmp/v1/http.sock", service = "worker-1", http = (cfBlobHeader = "plexus-cf"))],
  services = [
    (name = "worker-1", worker = (
      compatibilityDate = "2025-01-01",
      compatibilityFlags = ["nodejs_compat", "streams_enable_constructors", "enable_nodejs_fs_module"],
      modules = [
        (name = "worker.js", esModule = embed "module0"),
        (name = "./add.wasm", wasm = embed "module1")
      ],
      bindings = [
        (name = "JSON", json = "{\"a\":[1,null]}"),
        (name = "TEXT", text = "a \"b\" \\ c\x0ad\x01é"),
        (name = "AI", wrapped = (moduleName = "cloudflare-internal:ai-api", innerBindings = [(name = "fetcher", service = "ai")])),
        (name = "ASSETS", service = "assets")
      ],
      globalOutbound = "internet",
      cacheApiOutbound = "cache",
    )),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "cache", external = (address = "unix:/tmp/cache", http = ())),
    (name = "ai", external = (address = "unix:/tmp/ai", http = ())),
    (name = "assets", external = (address = "unix:/tmp/assets", http = ()))
  ],
);
