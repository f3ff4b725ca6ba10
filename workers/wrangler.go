package workers

import "fmt"

// WranglerSnippet is what to add to a project so that wrangler dev gives its
// Worker the genuine env.AI, answered by the Plexus server at address.
func WranglerSnippet(address string) string {
	return fmt.Sprintf(`Keep "wrangler dev", and let a Plexus server answer env.AI, without a login:

1. Install the plugin: "npm ci && npm pack" in packages/miniflare-plugin of Plexus's
   sources makes plexus-miniflare-0.1.0.tgz, which "npm install --save-dev" takes.

2. In wrangler.jsonc, replace "ai" by

	"unsafe": {
		"bindings": [
			{
				"name": "AI",
				"type": "ai",
				"dev": {
					"plugin": { "package": "plexus-miniflare", "name": "plexus-ai" },
					"options": { "address": %q }
				}
			}
		]
	}

   A deployed Worker gets the real binding from the same entry: it has the type "ai".

3. plexus serve --missing-weights=stand-in, and wrangler dev beside it.
`, address)
}
