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
	// Of the variables that were made, as YAML.
	Definitions string `json:"definitions,omitempty"`
	Error       string `json:"error,omitempty"`
}

// generated stands for CredHub: it has a value for whatever has a type. A value tells what it is of: `router_ssl.certificate`.
type generated struct {
	definitions map[string]template.VariableDefinition
}

func (g generated) Get(definition template.VariableDefinition) (interface{}, bool, error) {
	if definition.Type == "" {
		return nil, false, nil
	}
	g.definitions[definition.Name] = definition
	switch definition.Type {
	case "certificate":
		return parts(definition.Name, "ca", "certificate", "private_key"), true, nil
	case "rsa":
		return parts(definition.Name, "public_key", "private_key"), true, nil
	case "ssh":
		return parts(definition.Name, "public_key", "private_key", "public_key_fingerprint"), true, nil
	case "password":
		return definition.Name + ".password", true, nil
	}
	return nil, false, fmt.Errorf("variable %s is of unknown type %s", definition.Name, definition.Type)
}

func (generated) List() ([]template.VariableDefinition, error) { return nil, nil }

func parts(of string, names ...string) map[interface{}]interface{} {
	value := map[interface{}]interface{}{}
	for _, name := range names {
		value[name] = of + "." + name
	}
	return value
}

func evaluate(asked request) (answer, error) {
	var all patch.Ops
	for index, text := range asked.OpsFiles {
		var definitions []patch.OpDefinition
		if err := yaml.Unmarshal([]byte(text), &definitions); err != nil {
			return answer{}, fmt.Errorf("ops file %d: %w", index, err)
		}
		ops, err := patch.NewOpsFromDefinitions(definitions)
		if err != nil {
			return answer{}, fmt.Errorf("ops file %d: %w", index, err)
		}
		all = append(all, ops)
	}
	var sources []template.Variables
	for index, text := range asked.VarsFiles {
		var variables template.StaticVariables
		if err := yaml.Unmarshal([]byte(text), &variables); err != nil {
			return answer{}, fmt.Errorf("variables file %d: %w", index, err)
		}
		sources = append(sources, variables)
	}
	made := map[string]template.VariableDefinition{}
	if asked.Generate {
		sources = append(sources, generated{made})
	}
	// The options of `bosh interpolate --var-errs --var-errs-unused`.
	options := template.EvaluateOpts{ExpectAllKeys: true, ExpectAllVarsUsed: true}
	manifest, err := template.NewTemplate([]byte(asked.Manifest)).Evaluate(template.NewMultiVars(sources), all, options)
	if err != nil {
		return answer{}, err
	}
	definitions, err := yaml.Marshal(made)
	return answer{Manifest: string(manifest), Definitions: string(definitions)}, err
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
		result, err := evaluate(asked)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		answers = append(answers, result)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
