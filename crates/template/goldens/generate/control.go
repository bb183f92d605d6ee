package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// if, with, range, break, continue.
func controlCases() {
	for i, v := range []string{".s", ".e", ".i", ".z", ".f", ".neg", ".t", ".no", ".n", ".l", ".el", ".m", ".em", ".nope", ".x.nope", "1", "0", "0.0", "0i", "1i", "\"\"", "\"x\"", "true", "false", "'a'", "'\\x00'", ".", "-0.0", "(len .l)", "(len .el)", "(index .l 0)", "not .t", "and .t .no", "or .no .s", "eq 1 1", "nil"} {
		add(Case{Name: fmt.Sprintf("truth/%d", i+1), Template: "{{if " + v + "}}T{{else}}F{{end}}{{with " + v + "}}[{{.}}]{{else}}F{{end}}{{not (" + v + ")}}"})
	}
	group("if", "{{if .t}}a{{end}}", "{{if .no}}a{{end}}b", "{{if .no}}a{{else}}b{{end}}", "{{if .no}}a{{else if .t}}b{{else}}c{{end}}", "{{if .no}}a{{else if .no}}b{{else}}c{{end}}", "{{if .no}}a{{else if .no}}b{{else if .t}}c{{end}}",
		"{{if .t}}{{if .no}}a{{else}}b{{end}}{{else}}c{{end}}", "{{if .t}}\n a\n{{end}}\n", "{{if and .t .s}}a{{end}}", "{{if or .no .e}}a{{else}}b{{end}}", "{{if not .no}}a{{end}}", "{{if eq .s \"hello\"}}a{{end}}", "{{if (eq .i 3.0)}}a{{end}}",
		"{{if .l}}{{len .l}}{{end}}", "{{if index .l 5}}a{{end}}", "x{{if .s.nope}}a{{end}}", "{{if $x := len .l}}{{$x}}{{end}}", "{{if .no}}{{else if $x := .s}}{{$x}}{{else}}z{{end}}", "{{if .no}}{{nope2}}{{end}}", "{{if .no}}{{template \"nope\"}}{{end}}ok", "{{if true}}{{else}}{{end}}", "{{if 1}}one{{end}}{{if 0}}zero{{end}}")
	group("with", "{{with .s}}{{.}}{{end}}", "{{with .e}}{{.}}{{else}}none{{end}}", "{{with .x}}{{.y.z}}{{end}}", "{{with .x.y}}{{.z}}{{end}}", "{{with $x := .x.y}}{{$x.z}}{{.z}}{{end}}", "{{with .e}}a{{else with .s}}b{{.}}{{end}}", "{{with .e}}a{{else with .z}}b{{else}}c{{.s}}{{end}}",
		"{{with .e}}a{{else with .z}}b{{else with .i}}{{.}}{{end}}", "{{with $x := .e}}a{{else with $y := .s}}{{$x}}{{$y}}{{end}}", "{{with .nope}}a{{end}}b", "{{with .n}}a{{else}}b{{end}}", "{{with index .people 1}}{{.name}}{{end}}", "{{with .m}}{{.a}}{{.nope}}{{end}}", "{{with 1}}{{.x}}{{end}}", "{{with .mixed}}{{range .}}{{.}},{{end}}{{end}}", "{{with (index .people 0).name}}{{.}}{{end}}", "{{with .s}}{{with $.i}}{{.}}{{end}}{{.}}{{end}}", "{{with .no}}a{{else}}{{.s}}{{end}}")
	group("range", "{{range .l}}{{.}},{{end}}", "{{range .el}}x{{else}}empty{{end}}", "{{range .el}}x{{end}}", "{{range $x := .l}}{{$x}},{{end}}", "{{range $i, $x := .l}}{{$i}}={{$x}},{{end}}", "{{range .m}}{{.}};{{end}}", "{{range $k, $v := .m}}{{$k}}={{$v}};{{end}}", "{{range .em}}x{{else}}empty{{end}}", "{{range .nope}}x{{else}}none{{end}}", "{{range .n}}x{{else}}none{{end}}", "{{range nil}}x{{end}}",
		"{{range .s}}{{.}}{{end}}", "{{range .i}}x{{end}}", "{{range .t}}x{{end}}", "{{range .f}}x{{end}}", "{{range 3}}{{.}}{{end}}", "{{range 0}}x{{else}}none{{end}}", "{{range -1}}x{{else}}none{{end}}", "{{range $i := 3}}{{$i}}{{.}}{{end}}", "{{range $i, $j := 3}}{{$i}}{{$j}}{{end}}", "{{range 1.5}}x{{end}}", "{{range \"abc\"}}{{.}}{{end}}", "{{range $i, $c := \"héy\"}}{{$i}}{{$c}}{{end}}", "{{range \"\"}}x{{else}}none{{end}}", "{{range true}}{{end}}", "{{range 'a'}}x{{break}}{{end}}",
		"{{range .mixed}}<{{.}}>{{end}}", "{{range .people}}{{.name}}:{{.age}} {{end}}", "{{range $p := .people}}{{range $k, $v := $p}}{{$k}}={{$v}} {{end}}{{end}}", "{{range .l}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "{{range .l}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "{{range .l}}{{range $.nums}}{{if eq . 1.0}}{{break}}{{end}}{{.}}{{end}}{{.}}{{end}}", "{{range .l}}{{with .}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}{{end}}", "{{range .l}}{{break}}{{else}}x{{end}}y",
		"{{$n := 0}}{{range .l}}{{$n = len .}}{{end}}{{$n}}", "{{$x := 0}}{{range $x = .l}}{{$x}}{{end}}{{$x}}", "{{$i := 0}}{{$x := 0}}{{range $i, $x = .l}}{{$i}}{{$x}}{{end}}{{$i}}{{$x}}", "{{$i := 0}}{{range $i = 3}}{{end}}{{$i}}", "{{range $i, $x = .l}}{{end}}", "{{range $x = .l}}{{end}}", "{{range $i, $x := .l}}{{$y := $x}}{{$y}}{{end}}", "{{range .l}}{{$x := .}}{{end}}{{$x}}", "{{range $k, $v := .m}}{{$k}}{{end}}{{range .l}}{{.}}{{end}}", "{{range (slice .l 1)}}{{.}}{{end}}", "{{range index .m \"c\"}}{{.}}{{end}}",
		"{{range .l}}\n- {{.}}\n{{end}}", "{{range .l -}}\n- {{.}}\n{{- end}}", "{{range .mixed}}{{.k}}{{end}}", "{{range .people}}{{.name.x}}{{end}}", "{{range $i, $_ := .l}}{{if $i}}, {{end}}{{.}}{{end}}", "{{range .x}}{{.z}}{{end}}", "{{range len .l}}{{.}}{{end}}", "{{range $i, $x := .el}}a{{else}}{{.s}}{{end}}", "{{range .nums}}{{printf \"%T\" .}}{{end}}", "{{range $i := .l}}{{end}}{{range $i, $j := .m}}{{printf \"%T\" $i}}{{end}}", "a{{range .mixed}}{{len .}}{{end}}", "{{range .l}}{{.x}}{{end}}", "{{range .mixed}}{{if .}}{{.}}{{else}}-{{end}}{{end}}", "{{range 0x3}}{{.}}{{end}}", "{{range print .l}}{{end}}", "{{range .}}{{else}}{{end}}ok", "{{range $k, $v := .}}{{$k}} {{end}}")
	add(Case{Name: "range/root-list", Template: "{{range .}}{{.}}{{end}}{{len .}}{{index . 1}}", Data: json.RawMessage(`[1,2,[3]]`)})
	add(Case{Name: "range/else-if-chain", Template: "{{range .}}" + strings.Repeat("{{if eq . 99.0}}a{{else if eq . 98.0}}b", 1) + strings.Repeat("{{else if eq . 97.0}}c", 60) + "{{else}}{{.}}{{end}}{{end}}", Data: json.RawMessage(`[99,98,97,1]`)})
	add(Case{Name: "range/map-order", Template: "{{range $k, $v := .}}{{$k}}={{$v}} {{end}}{{.}}", Data: json.RawMessage(`{"b":1,"a":2,"B":3,"é":4,"":5,"aa":6,"10":7,"9":8,"世":9}`)})
}

// define, template, block.
func templateCases() {
	group("template", `{{define "t"}}<{{.}}>{{end}}{{template "t" .s}}`, `{{define "t"}}<{{.}}>{{end}}{{template "t"}}`, `{{template "t" .s}}{{define "t"}}<{{.}}>{{end}}`, `{{define "t"}}{{.a}}{{end}}{{template "t" .m}}`, `{{template "nope"}}`, `a{{template "nope" .}}b`, `{{define "a"}}A{{template "b" .}}{{end}}{{define "b"}}B{{.s}}{{end}}{{template "a" .}}`,
		`{{block "b" .}}{{.s}}{{end}}`, `{{block "b" .x}}{{.y.z}}{{end}}{{template "b" .x}}`, `{{block "b" .}}1{{end}}{{define "b"}}2{{end}}`, `{{define "b"}}2{{end}}{{block "b" .}}1{{end}}`, `{{range .l}}{{template "t" .}}{{end}}{{define "t"}}[{{.}}]{{end}}`, `{{define "t"}}{{if .}}{{len .}}{{template "t" (slice . 1)}}{{end}}{{end}}{{template "t" .s}}`, `{{define "t"}}{{.nope.nope}}{{index . 1}}{{end}}x{{template "t" .}}`,
		"line\n{{define \"t\"}}\n{{len 3}}{{end}}{{template \"t\" .}}", `{{define "t"}}{{$x := 1}}{{$x}}{{end}}{{$x := 2}}{{template "t"}}{{$x}}`, `{{define "t"}}{{$.s}}{{end}}{{range .l}}{{template "t" $}}{{end}}`, `{{template "t" 1 | print}}{{define "t"}}{{.}}{{printf "%T" .}}{{end}}`, `{{template "t" $x := 1}}{{define "t"}}{{.}}{{end}}{{$x}}`, `{{define ""}}empty{{end}}{{template ""}}`, "{{define \"a b\"}}x{{end}}{{template \"a b\"}}", `{{define "golden.tmpl"}}{{end}}text`, `{{define "t"}}x{{end}}`, ` {{define "t"}}x{{end}} `, "{{define \"t\"}}x{{end}}\n{{template \"t\"}}\n", `{{define "é"}}x{{end}}{{template "é"}}`,
		`{{template "t" .nope}}{{define "t"}}{{.}}{{printf "%v" .}}{{end}}`, `{{template "t" .n}}{{define "t"}}{{.}}{{.x}}{{end}}`, `{{template "t" nil}}{{define "t"}}{{.}}{{end}}`, `{{block "t" nil}}{{.}}{{end}}`, `{{template "t"}}{{define "t"}}{{.x}}{{end}}`, `{{template "t"}}{{define "t"}}{{.x.y}}{{end}}`, `{{template "t" .}}{{define "t"}}{{range .l}}{{template "u" .}}{{end}}{{end}}{{define "u"}}({{.}}){{end}}`, `{{define "t"}}{{else}}{{end}}`, `{{block "a" .}}{{block "b" .}}{{.s}}{{end}}{{end}}`, `{{block "a" .x}}{{with .y}}{{template "c" .}}{{end}}{{end}}{{define "c"}}{{.z}}{{end}}`, `{{if false}}{{block "z" .}}Z{{end}}{{end}}{{template "z"}}`, `{{define "t"}}  {{- .s -}}  {{end}}[{{template "t" .}}]`, `{{define "quote\"d"}}q{{len 1}}{{end}}{{template "quote\"d" .}}`, `{{template "no\tpe"}}`, `{{template "nope" .s}}`, "{{template `nope` print 1 | print}}")
	add(Case{Name: "template/more-1", Template: `{{template "b" .}}`, More: [][2]string{{"b", "{{.s}}"}}})
	add(Case{Name: "template/more-2", Template: `{{block "b" .}}default{{end}}`, More: [][2]string{{"b", "over {{.s}}"}}})
	add(Case{Name: "template/more-3", Template: `{{template "b" .}}`, More: [][2]string{{"b", "x\n{{len 3}}"}}})
	add(Case{Name: "template/more-4", Template: `{{template "c" .}}`, More: [][2]string{{"b", `{{define "c"}}C{{index .l 9}}{{end}}`}}})
	add(Case{Name: "template/more-5", Template: `{{template "b" .}}`, More: [][2]string{{"b", "{{nope}}"}}})
	add(Case{Name: "template/more-6", Template: `{{define "b"}}first{{end}}{{template "b" .}}`, More: [][2]string{{"b", "  "}}})
	add(Case{Name: "template/more-7", Template: `{{define "b"}}first{{end}}{{template "b" .}}`, More: [][2]string{{"b", "second"}}})
	add(Case{Name: "template/more-10", Template: ``, More: [][2]string{{"other", "x"}}})
}

// Fields, missing keys, nil.
func dataCases() {
	group("field", "{{.s}}", "{{.nope}}", "{{.x.y.z}}", "{{.x.nope}}", "{{.x.nope.nope}}", "{{.nope.nope}}", "{{.n}}", "{{.n.x}}", "{{.s.x}}", "{{.i.x}}", "{{.l.x}}", "{{.l.x.y}}", "{{.t.x}}", "{{.m.a}}", "{{.m.a.b}}", "{{.m.c}}", "{{.mixed}}", "{{.people}}", "{{.m}}", "{{.em}}", "{{.el}}", "{{.f}}", "{{.i}}", "{{.neg}}", "{{.big}}", "{{.u}}", "{{.html}}", "{{.ctl}}", "{{.no}}", "{{.t}}", "{{.e}}|", "{{.S}}", "{{$.x.y.z}}", "{{.x.y.z.w}}", "{{.n.x.y}}", "{{(.n).x}}", "{{(.nope).x}}", "{{(index .mixed 2).x}}", "{{(index .m \"nope\").x}}", "{{print .nope}}", "{{print .n}}", "{{printf \"%v %T\" .nope .nope}}", "{{printf \"%v %T\" .n .n}}", "{{printf \"%s %d\" .nope .n}}", "{{len .nope}}", "{{len .n}}", "{{len nil}}", "{{index .nope 1}}", "{{index .n 1}}", "{{html .nope}}", "{{html .n}}", "{{js .nope}}", "{{urlquery .n}}", "{{html nil}}", "{{html nil nil}}", "{{eq .nope .n}}", "{{not .nope}}", "{{.nope | len}}", "{{.n | html}}", "{{print .nope .n nil}}", "{{println .nope}}", "{{.x.y.z.a.b}}", "a\n b {{.s.x}}", "a\n\té{{.s.x}}", "{{.s.x.y.z}}", "{{$v := .n}}{{$v.x}}", "{{$v := .nope}}{{$v.x}}", "{{with .x}}{{.y.z.q}}{{end}}", "{{print .s.x}}", "{{print (.s.x)}}", "{{(print .s).x.y}}", "{{template \"t\" .s.x}}{{define \"t\"}}{{end}}", "{{.s | print .i.x}}", "{{range .s.x}}{{end}}", "{{if .s.x}}{{end}}")
	for i, data := range []string{"null", "1", "\"x\"", "true", "[]", "[null]", "{}", "1.5", "[[1,2],[3]]", `{"a":{"a":null}}`} {
		for j, text := range []string{"{{.}}", "{{.a}}", "{{.a.a}}", "{{len .}}", "{{index . 0}}", "{{range .}}{{.}}{{else}}E{{end}}", "{{printf \"%v %T %#v\" . . .}}"} {
			add(Case{Name: fmt.Sprintf("root/%d-%d", i+1, j+1), Template: text, Data: json.RawMessage(data)})
		}
	}
	for _, option := range []string{"", "zero", "error"} {
		for i, text := range []string{"{{.s}}", "{{.nope}}", "{{.x.nope}}", "{{.nope.nope}}", "{{.n.x}}", "{{print .nope}}", "{{printf \"%v %T\" .nope .nope}}", "{{if .nope}}a{{else}}b{{end}}", "{{with .nope}}a{{else}}b{{end}}", "{{range .nope}}a{{else}}b{{end}}", "{{index . \"nope\"}}", "{{len .nope}}", "{{$x := .nope}}{{$x}}", "{{$x := .nope}}{{$x.y}}", "{{(index .m \"nope\")}}", "{{eq .nope \"\"}}", "{{.nope | printf \"%q\"}}", "{{html .nope}}", "{{or .nope \"d\"}}", "{{(.nope).x}}", "{{template \"t\" .nope}}{{define \"t\"}}{{.x}}{{end}}"} {
			add(Case{Name: fmt.Sprintf("missingkey/%s-%d", option, i+1), Template: text, MissingKey: option})
			add(Case{Name: fmt.Sprintf("strings/%s-%d", option, i+1), Template: text, MissingKey: option, Kind: "strings", Data: json.RawMessage(`{"s":"hello","e":"","eq":"a=b=c"}`)})
		}
	}
	for i, text := range []string{"{{.}}", "{{range $k, $v := .}}{{$k}}={{$v}};{{end}}", "{{printf \"%T %#v\" . .}}", "{{len .}}", "{{index . \"s\"}}", "{{index . 1}}", "{{.eq}}", "{{.s.x}}", "{{.s 1}}", "{{if .e}}a{{else}}b{{end}}", "{{if .s}}a{{end}}", "{{index . .s}}", "{{index . nil}}", "{{index . .nope}}", "{{printf \"%T\" (index . \"x\")}}", "{{eq .s \"hello\"}}", "{{1 | .s}}"} {
		add(Case{Name: fmt.Sprintf("strings/use-%d", i+1), Template: text, Kind: "strings", Data: json.RawMessage(`{"s":"hello","e":"","eq":"a=b=c"}`)})
	}
}
