// Writes the goldens: what Go's text/template really does with every case.
//
// Usage: go run . > ../cases.json
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/template"
	"unicode/utf8"
)

// The one name under which every case is parsed.
const templateName = "golden.tmpl"

// Case is one golden. Empty members are left out of the file.
type Case struct {
	Name string `json:"name"`
	// Text of the template named templateName, or its bytes in hexadecimal where they are not UTF-8.
	Template    string `json:"template,omitempty"`
	TemplateHex string `json:"template_hex,omitempty"`
	// Further templates: name and text, parsed after the main one.
	More [][2]string `json:"more,omitempty"`
	// "" for a JSON document, "strings" for a map[string]string, "fixture" for the typed fixture.
	Kind string          `json:"kind,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
	// "", "zero" or "error".
	MissingKey string `json:"missingkey,omitempty"`
	// Left and right, or nothing for the usual ones.
	Delims []string `json:"delims,omitempty"`
	// Whether the functions of the fixture are known.
	Functions bool `json:"functions,omitempty"`

	// Results: output (also what was written before an error), or its bytes in hexadecimal where not UTF-8.
	Output     string `json:"output,omitempty"`
	OutputHex  string `json:"output_hex,omitempty"`
	ParseError string `json:"parse_error,omitempty"`
	ExecError  string `json:"exec_error,omitempty"`
}

// plain tells whether a command that knows only JSON and the predefined functions can run the case.
func (c *Case) plain() bool {
	return c.Kind == "" && c.MissingKey == "" && len(c.Delims) == 0 && !c.Functions && len(c.More) == 0 && c.TemplateHex == ""
}

// document is the data of cases that bring none.
const document = `{"s":"hello","e":"","i":3,"z":0,"f":1.5,"neg":-2,"big":1e21,"t":true,"no":false,"n":null,` +
	`"l":["a","b","c"],"el":[],"nums":[3,1,2],"m":{"a":1,"b":"two","c":[1,2]},"em":{},"u":"héllo, 世界",` +
	`"html":"<a href=\"x\">'&'</a>","x":{"y":{"z":"deep"}},"mixed":[1,"a",null,true,[1],{"k":"v"}],` +
	`"people":[{"name":"Ann","age":30},{"name":"Bob","age":25}],"ctl":"tab\there\nnew\u0001\u2028"}`

var all []*Case

// group adds templates on the default document.
func group(name string, templates ...string) {
	for i, text := range templates {
		add(Case{Name: fmt.Sprintf("%s/%d", name, i+1), Template: text})
	}
}

func add(c Case) *Case {
	if len(c.Data) == 0 && c.Kind == "" {
		c.Data = json.RawMessage(document)
	}
	if !utf8.ValidString(c.Template) {
		c.TemplateHex, c.Template = hex.EncodeToString([]byte(c.Template)), ""
	}
	all = append(all, &c)
	return &c
}

func (c *Case) run() {
	text := c.Template
	if c.TemplateHex != "" {
		raw, err := hex.DecodeString(c.TemplateHex)
		check(err)
		text = string(raw)
	}
	t := template.New(templateName)
	if len(c.Delims) == 2 {
		t.Delims(c.Delims[0], c.Delims[1])
	}
	if c.MissingKey != "" {
		t.Option("missingkey=" + c.MissingKey)
	}
	if c.Functions {
		t.Funcs(functions(t))
	}
	if _, err := t.Parse(text); err != nil {
		c.ParseError = err.Error()
		return
	}
	for _, more := range c.More {
		if _, err := t.New(more[0]).Parse(more[1]); err != nil {
			c.ParseError = err.Error()
			return
		}
	}
	var data any
	switch c.Kind {
	case "":
		check(json.Unmarshal(c.Data, &data))
	case "strings":
		var m map[string]string
		check(json.Unmarshal(c.Data, &m))
		data = m
	case "fixture":
		data = fixture()
	}
	var out bytes.Buffer
	if err := execute(t, &out, data); err != nil {
		c.ExecError = err.Error()
	}
	if utf8.Valid(out.Bytes()) {
		c.Output = out.String()
	} else {
		c.OutputHex = hex.EncodeToString(out.Bytes())
	}
}

// execute lets the rest run where a Go panics: 1.23 does when a pipe ends in a bare call.
func execute(t *template.Template, out *bytes.Buffer, data any) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return t.Execute(out, data)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	syntaxCases()
	parseErrorCases()
	numberCases()
	controlCases()
	templateCases()
	dataCases()
	functionCases()
	compareCases()
	formatCases()
	typedCases()

	plain := 0
	names := map[string]bool{}
	var out strings.Builder
	fmt.Fprintf(&out, "{\"go\": %q, \"template_name\": %q, \"cases\": [\n", runtime.Version(), templateName)
	for i, c := range all {
		if names[c.Name] {
			check(fmt.Errorf("two cases are named %s", c.Name))
		}
		names[c.Name] = true
		c.run()
		if c.plain() {
			plain++
		}
		// The default document would triple the size of the file.
		if string(c.Data) == document {
			c.Data = nil
		}
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		check(enc.Encode(c))
		out.WriteString(strings.TrimSuffix(line.String(), "\n"))
		if i+1 < len(all) {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "], \"document\": %s}\n", document)
	fmt.Print(out.String())
	fmt.Fprintf(os.Stderr, "%d cases, %d of them plain\n", len(all), plain)
}
