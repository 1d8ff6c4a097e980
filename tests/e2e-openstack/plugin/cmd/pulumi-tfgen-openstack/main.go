// Writes the package's schema: `schema --out <folder> --skip-docs --skip-examples`.
package main

import (
	"kpaas.local/tests/e2e-openstack/plugin"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
)

func main() {
	tfgen.Main(plugin.Name, plugin.Version, plugin.Info())
}
