// Interpolates a manifest as `bosh interpolate` does, with BOSH's own template engine. Reads a list of requests as JSON from
// the file that its argument names and writes a list of answers: one process checks many combinations.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/cloudfoundry/bosh-cli/v7/director/template"
	"github.com/cppforlife/go-patch/patch"
	"gopkg.in/yaml.v2"
)

type request struct {
	// Texts of files, in YAML.
	Manifest  string   `json:"manifest"`
	OpsFiles  []string `json:"opsFiles"`
	VarsFiles []string `json:"varsFiles"`
	// Whether what the manifest's `variables` define has a value, as on a director with CredHub and with `--vars-store`.
	Generate bool `json:"generate"`
}

type answer struct {
	Manifest string `json:"manifest,omitempty"`
	Error    string `json:"error,omitempty"`
}

// generated stands for CredHub: it has a value for whatever has a type.
type generated struct{}

func (generated) Get(definition template.VariableDefinition) (interface{}, bool, error) {
	switch definition.Type {
	case "certificate":
		return parts("ca", "certificate", "private_key"), true, nil
	case "rsa":
		return parts("public_key", "private_key"), true, nil
	case "ssh":
		return parts("public_key", "private_key", "public_key_fingerprint"), true, nil
	case "password":
		return "generated", true, nil
	case "":
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("variable %s is of unknown type %s", definition.Name, definition.Type)
}

func (generated) List() ([]template.VariableDefinition, error) { return nil, nil }

func parts(names ...string) map[interface{}]interface{} {
	value := map[interface{}]interface{}{}
	for _, name := range names {
		value[name] = "generated"
	}
	return value
}

func evaluate(asked request) (string, error) {
	var all patch.Ops
	for index, text := range asked.OpsFiles {
		var definitions []patch.OpDefinition
		if err := yaml.Unmarshal([]byte(text), &definitions); err != nil {
			return "", fmt.Errorf("ops file %d: %w", index, err)
		}
		ops, err := patch.NewOpsFromDefinitions(definitions)
		if err != nil {
			return "", fmt.Errorf("ops file %d: %w", index, err)
		}
		all = append(all, ops)
	}
	var sources []template.Variables
	for index, text := range asked.VarsFiles {
		var variables template.StaticVariables
		if err := yaml.Unmarshal([]byte(text), &variables); err != nil {
			return "", fmt.Errorf("variables file %d: %w", index, err)
		}
		sources = append(sources, variables)
	}
	if asked.Generate {
		sources = append(sources, generated{})
	}
	// The options of `bosh interpolate --var-errs --var-errs-unused`.
	options := template.EvaluateOpts{ExpectAllKeys: true, ExpectAllVarsUsed: true}
	manifest, err := template.NewTemplate([]byte(asked.Manifest)).Evaluate(template.NewMultiVars(sources), all, options)
	return string(manifest), err
}

func read(requests *[]request) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s REQUESTS.json", os.Args[0])
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	return json.Unmarshal(text, requests)
}

func main() {
	var requests []request
	if err := read(&requests); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]answer, 0, len(requests))
	for _, asked := range requests {
		manifest, err := evaluate(asked)
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		answers = append(answers, answer{Manifest: manifest})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
