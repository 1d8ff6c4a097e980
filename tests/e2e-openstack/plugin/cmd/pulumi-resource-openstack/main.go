// The plugin. It finds the schema, which the other program writes, beside its executable.
package main

import (
	"log"
	"os"
	"path/filepath"

	"kpaas.local/tests/e2e-openstack/plugin"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

func main() {
	executable, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(executable), "schema.json"))
	if err != nil {
		log.Fatal(err)
	}
	tfbridge.Main(plugin.Name, plugin.Version, plugin.Info(), schema)
}
