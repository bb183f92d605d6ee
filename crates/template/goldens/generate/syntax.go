package main

import "fmt"

// Text, delimiters, trimming, comments, literals, variables.
func syntaxCases() {
	group("text", "", "plain", "line\nline\n", "{", "}}", "{ {x} }", "a{{/* c */}}b", "héllo 世界 \U0001F600", "\t\r\n",
		"%d %s %%", `a\nb`, "}}{{.s}}}}", "{{.s}}{{.s}}", "{{.s}}\n{{.s}}\n", " {{.s}} ")
	group("trim", "a {{- .s -}} b", "a {{- .s}} b", "a {{.s -}} b", "a\n\n\t {{- .s -}} \r\n b", "{{- .s -}}",
		"  {{- .s -}}  ", "a {{- /* c */ -}} b", "a {{/* c */ -}} b", "a {{- /* c */}} b", "a {{/* c */}} b",
		"a {{- \"x\" -}} {{- \"y\" -}} b", "{{3 -}} x", "{{- 3}} x", "{{-3}}", "{{ -3 }}", "{{- -3 -}} x", "a {{-\n.s\n-}} b",
		"a\u00a0{{- .s -}}\u00a0b", "x{{- if true -}} y {{- end -}} z", "x {{if true -}} y {{- else -}} n {{- end}} z",
		"a {{- nil -}} b", "a{{.s -}}\n\n\nb", "a\v{{- .s -}}\vb", "{{.s -}}", "{{- .s}}", "a {{- .s -}}{{- .s -}} b",
		"{{.s-}}", "{{.s -}}}}", "{{- range .l -}} {{.}} {{- end -}}", "{{.s\t-}} x", "{{\t.s\t}}")
	group("comment", "{{/**/}}", "{{/* a */}}{{/* b */}}", "{{/* multi\nline */}}x", "{{/* }} */}}x", "{{/* {{ */}}x",
		"{{/* \" ` ' */}}x", "{{- /* a\n*/ -}}", "a{{/* x */}}\n{{bad", "a\n{{/* x\n\n */}}\n{{.nope.nope.nope}}{{index .l 9}}")
	group("string", `{{"a"}}`, `{{"a\tb\n\"q\" \\ \a\b\f\r\v"}}`, `{{"\x41\101\u00e9\U0001F600"}}`, "{{`raw \\n \"x\"`}}",
		"{{`a\nb`}}", "{{`a\r\nb`}}", `{{""}}`, "{{``}}", `{{"héllo"}}`, `{{"\xff\xfe"}}`, `{{"a}}b"}}`, "{{`}}`}}",
		`{{"{{"}}`, `{{'a'}}`, `{{'\n'}}`, `{{'\''}}`, `{{'\x41'}}`, `{{'世'}}`, `{{'\u4e16'}}`, `{{'\377'}}`, `{{'"'}}`,
		`{{"'"}}`, `{{printf "%c%c" 'a' '世'}}`, `{{printf "%T" 'a'}}`, `{{"\u00ff"}}`, `{{'\U0001F600'}}`, `{{"`+"\x80"+`"}}`)
	group("constant", "{{true}} {{false}}", "{{printf \"%v\" nil}}", "{{print nil}}", "{{print true 1 1.5 \"s\" nil}}",
		"{{.}}", "{{$}}", "{{(.)}}", "{{(1)}}", "{{((1))}}", "{{( .s )}}", "{{true | print}}", "{{1 | print}}")
	group("variable", "{{$x := 1}}{{$x}}", "{{$x := .s}}{{$x}}{{$x = .i}}{{$x}}", "{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}",
		"{{$x := 1}}{{if true}}{{$x = 2}}{{$x}}{{end}}{{$x}}", "{{$x := .x}}{{$x.y.z}}", "{{$.s}}", "{{range .l}}{{$.s}}{{end}}",
		"{{with .x}}{{$.s}}{{.y.z}}{{end}}", "{{$x := 1 | printf \"%d\"}}{{$x}}", "{{$x:=1}}{{$x}}", "{{$x := 1}}{{$y := $x}}{{$y}}",
		"{{$été := 1}}{{$été}}", "{{$x_1 := 1}}{{$x_1}}", "{{$ := 2}}{{$}}", "{{$x := nil}}", "{{with $x := 3}}{{$x}}{{.}}{{end}}",
		"{{if $x := .e}}a{{else}}{{$x}}b{{end}}", "{{if $x := .s}}{{$x}}{{else if $y := .i}}{{$y}}{{end}}", "{{($x := 1)}}",
		"{{with $x := .s}}{{with $y := .i}}{{$x}}{{$y}}{{end}}{{end}}", "{{$x = 1}}", "{{$x := 1}}{{$x := 2}}{{$x}}",
		"{{range $x := .l}}{{end}}{{$x}}", "{{$x := 1}}{{with 2}}{{$x = .}}{{end}}{{$x}}", "{{$x := .nope}}{{$x}}",
		"{{$x := .nope}}{{printf \"%v\" $x}}", "{{$x := .n}}{{printf \"%v\" $x}}", "{{$x := 1}}{{$x.y}}", "{{$x := .m}}{{$x.a}} {{$x.nope}}",
		"{{$x := 1}}{{$x 2}}", "{{1 | $x}}", "{{$x := 1}}{{1 | $x}}", "{{$x:= 1}}{{$x}}", "{{$x :=1}}{{$x}}", "{{$a}}", "{{$x := 1}}{{ $x\n}}",
		"{{$x := (index .l 1)}}{{$x}}", "{{range $i, $x := .l}}{{$i}}{{end}}", "{{$x, $y := .l}}", "{{define \"t\"}}{{$x}}{{end}}{{$x := 1}}{{template \"t\"}}",
		"{{define \"t\"}}{{$}}{{end}}{{template \"t\" 5}}", "{{$x := true}}{{if $x}}yes{{end}}")
	group("pipeline", "{{.s | print}}", "{{.s | printf \"%s-%s\" \"a\"}}", "{{1 | printf \"%d %d\" 2}}", "{{.s | len}}", "{{.l | len | print}}",
		"{{.s|print|print|print}}", "{{print (len .s) (len .l)}}", "{{(print .s).x}}", "{{len (print 1 2 3)}}", "{{.x.y.z | print | len}}",
		"{{print (print (print (print 1)))}}", "{{print\n.s\n}}", "{{.s | index .m}}", "{{\"a\" | index .m}}", "{{ print \"a\" | print \"b\" | print \"c\" }}",
		"{{.nope | print}}", "{{.nope | printf \"%v\"}}", "{{.n | printf \"%v\"}}", "{{nil | print}}", "{{.l | printf \"%q\"}}",
		"{{(index .people 0).name}}", "{{(index .people 0).nope}}", "{{(index .people 0).name.x}}", "{{(.x).y}}", "{{(.x).y.z}}", "{{((.x).y).z}}",
		"{{(1).x}}", "{{(print 1) | print}}", "{{(print 1) 2}}", "{{3 | (print 1)}}", "{{.s .i}}", "{{1 2}}", "{{true .s}}", "{{\"x\" 1}}", "{{. 1}}",
		"{{.x.y 1}}", "{{.nope 1}}", "{{(.x) 1}}", "{{1 | .s}}", "{{1 | .x.y}}", "{{print.s}}", "{{print .x.y.z .s}}", "{{print -1 +1}}",
		"{{.l|len}}", "{{print(1)}}", "{{print 1(2)}}", "{{print (1)(2)}}", "{{len.s}}", "{{.x.y.z|printf \"%s\"}}", "{{not true | not}}")
	add(Case{Name: "delims/1", Template: "<<.s>> {{.s}}", Delims: []string{"<<", ">>"}})
	add(Case{Name: "delims/2", Template: "[[ .s ]] [[- .s -]] x", Delims: []string{"[[", "]]"}})
	add(Case{Name: "delims/3", Template: "<% if .t %>yes<% end %>", Delims: []string{"<%", "%>"}})
	add(Case{Name: "delims/4", Template: "|.s|", Delims: []string{"|", "|"}})
	add(Case{Name: "delims/5", Template: "<</* c */>>x<<.s", Delims: []string{"<<", ">>"}})
	add(Case{Name: "delims/6", Template: "$$.s$$ x", Delims: []string{"$$", "$$"}})
	add(Case{Name: "delims/7", Template: "(( .s )) x ((print (print 1) ))", Delims: []string{"((", "))"}})
	add(Case{Name: "delims/8", Template: "{.s} {{.s}}", Delims: []string{"{", "}"}})
	add(Case{Name: "delims/9", Template: "«.s» «- .s -» x", Delims: []string{"«", "»"}})
	add(Case{Name: "delims/10", Template: "<<template \"t\" .>><<define \"t\">><<.s>><<end>><<template \"nope\">>", Delims: []string{"<<", ">>"}})
	add(Case{Name: "delims/11", Template: "{{.s>>", Delims: []string{"", ">>"}})
	add(Case{Name: "delims/12", Template: "<<.s}}", Delims: []string{"<<", ""}})
	add(Case{Name: "delims/13", Template: "-.s- x -- .s -- ", Delims: []string{"-", "-"}})
	for i, text := range []string{"<<end>>", "<<else>>", "<<break>>", "<<continue>>", "<<if .t>><<else>><<else>><<end>>", "<<block \"a\" .>><<else>>", "<<range .l>><<break 1>><<end>>", "<<define \"a\">><<else>>", "<<.s\n\n", "<<(.s>>", "<<.s)>>", "<<range .i.x>><<end>>", "<<$x := .s.x>>"} {
		add(Case{Name: fmt.Sprintf("delims/error-%d", i+1), Template: text, Delims: []string{"<<", ">>"}})
	}
	add(Case{Name: "delims/function", Template: "<<.Add>>", Delims: []string{"<<", ">>"}, Kind: "fixture"})
	add(Case{Name: "bytes/1", Template: "a\xffb{{.s}}\xfe"})
	add(Case{Name: "bytes/2", Template: "{{\"\xff\"}}"})
	add(Case{Name: "bytes/3", Template: "{{.a\xff}}"})
	add(Case{Name: "bytes/4", Template: "{{\xff}}"})
	add(Case{Name: "bytes/5", Template: "{{'\xff'}}"})
	add(Case{Name: "bytes/6", Template: "{{printf \"%q %x\" \"a\xff\" \"\xff\"}}"})
	add(Case{Name: "bytes/7", Template: "{{`\xff`}}\x00"})
	add(Case{Name: "bytes/9", Template: "{{\"\xff\".x}}"})
	add(Case{Name: "bytes/8", Template: "{{define \"\xff\"}}x{{end}}{{template \"\xff\"}}{{template \"\xfe\"}}"})
}

// Everything the parser complains about.
func parseErrorCases() {
	group("parse-error", "{{", "{{.s", "{{.s\n", "a\nb\n{{.s\n\n", "{{}}", "{{ }}", "{{\n}}", "{{nope}}", "{{nope .s}}", "{{.s | nope}}", "{{print (nope)}}",
		"{{$x}}", "{{print $x}}", "{{if}}x{{end}}", "{{if .t}}", "{{if .t}}x", "{{if .t}}x{{else}}", "{{if .t}}x{{else}}y{{else}}z{{end}}",
		"{{range}}{{end}}", "{{range .l}}", "{{with}}{{end}}", "{{with .s}}", "{{end}}", "{{else}}", "a{{end}}b", "\n\n{{else}}", "{{if .t}}{{end}}{{end}}",
		"{{else if .t}}", "{{else with .t}}", "{{break}}", "{{continue}}", "{{if .t}}{{break}}{{end}}", "{{range .l}}{{end}}{{break}}",
		"{{range .l}}{{define \"x\"}}{{end}}{{end}}", "{{range .l}}{{break 1}}{{end}}", "{{range .l}}{{continue .s}}{{end}}", "{{range .l}}{{else}}{{break}}{{end}}",
		"{{range .l}}{{block \"b\" .}}{{break}}{{end}}{{end}}", "{{with .s}}{{continue}}{{end}}", "{{template}}", "{{template .s}}", "{{template nope}}",
		"{{template \"a\" nope}}", "{{template \"a\" 1 2}}", "{{template \"a\" .s .i}}", "{{template `a`}}{{define `a`}}x{{end}}", "{{define}}{{end}}",
		"{{define .s}}{{end}}", "{{define \"a\"}}", "{{define \"a\"}}x", "{{define \"a\" .s}}{{end}}", "{{define \"a\"}}{{else}}{{end}}",
		"{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}", "{{define \"a\"}}1{{end}}{{define \"a\"}}  {{end}}{{template \"a\"}}",
		"{{define \"a\"}} {{end}}{{define \"a\"}}2{{end}}{{template \"a\"}}", "{{define \"golden.tmpl\"}}x{{end}}y", "{{define \"golden.tmpl\"}}x{{end}}",
		"{{block}}{{end}}", "{{block \"a\"}}{{end}}", "{{block \"a\" .}}", "{{block \"a\" .}}{{else}}{{end}}", "{{block .s .}}{{end}}",
		"{{if .t}}{{define \"a\"}}{{end}}{{end}}", "{{.s | }}", "{{| .s}}", "{{.s || .s}}", "{{.s | 1}}", "{{.s | \"x\"}}", "{{.s | true}}", "{{.s | .}}", "{{.s | nil}}",
		"{{.s | print | 2}}", "{{.s | 'a'}}", "{{(.s}}", "{{.s)}}", "{{((.s)}}", "{{()}}", "{{( )}}", "{{(.s |)}}", "{{print (}}", "{{if (.t}}x{{end}}", "{{nil}}", "{{nil.x}}",
		"{{(nil).x}}", "{{true.x}}", "{{1.x}}", "{{\"a\".x}}", "{{..}}", "{{...}}", "{{.s.}}", "{{.s..x}}", "{{.s .}}", "{{.1}}", "{{.1x}}", "{{$.}}", "{{$x.}}",
		"{{$x := }}", "{{$x =}}", "{{$x := 1", "{{$x : 1}}", "{{: 1}}", "{{= 1}}", "{{:= 1}}", "{{$x := $x}}", "{{$x $y := 1}}", "{{$x, $y, $z := 1}}",
		"{{range $x, 1 := .l}}{{end}}", "{{range $x, $y, $z := .l}}{{end}}", "{{range $x,}}{{end}}", "{{range $x, $y}}{{end}}", "{{range $x}}{{end}}",
		"{{with $x, $y := 1}}{{end}}", "{{if $x, $y := 1}}{{end}}", "{{,}}", "{{.s,}}", "{{!}}", "{{@}}", "{{#}}", "{{a-b}}", "{{.a-b}}", "{{.a-1}}", "{{print-1}}", "{{&}}",
		"{{.s + 1}}", "{{1 + 1}}", "{{.s == 1}}", "{{.l[0]}}", "{{.s ? 1 : 2}}", "{{{.s}}}", "{{%}}", "{{\\}}", "{{~}}", "{{^}}", "{{*}}", "{{/}}", "{{;}}", "{{<}}", "{{>}}",
		"{{\"abc}}", "{{\"abc\n\"}}", "{{`abc}}", "{{'a}}", "{{'ab'}}", "{{''}}", "{{'}}", "{{\"\\z\"}}", "{{'\\z'}}", "{{\"\\x4\"}}", "{{\"\\u12\"}}", "{{\"\\400\"}}",
		"{{\"\\ud800\"}}", "{{'\\'}}", "{{\"\\\"}}", "{{\"\\\n\"}}", "{{/*", "{{/* x", "{{/* x */", "{{/* x */ y}}", "{{/* x */}", "{{ /* x */ }}", "{{/* x */ }}", "a\n{{/*\n\n",
		"{{- /* x */ - }}", "{{\u00e9}}", "{{.\u00e9}}", "{{\u2028}}", "{{\u00a0}}", "{{.s\u00a0}}", "{{.a\u00b2}}", "{{\u0663}}", "{{.\u0663}}", "{{$\u00e9}}", "{{\u20ac}}", "{{.s\u20ac}}", "{{\u0001}}", "{{\x7f}}",
		"{{define \"a\\z\"}}{{end}}", "{{template \"a\\z\"}}", "{{block \"a\\z\" .}}{{end}}", "{{if .t}}\n{{if .t}}\n{{end}}\n", "{{range .l}}\n\n{{.s}", "{{if .t\n\n", "\n{{.s\n\"x\n",
		"{{\n\n\"x\n", "{{\n`abc\n", "{{.s\n\n!}}", "{{.s\n\n(}}", "{{print\n\n$x}}", "{{with .s}}\n{{nope}}\n{{end}}", "{{end .s}}", "{{else .s}}", "{{if .t}}{{else .s}}{{end}}", "{{if .t}}{{end .s}}",
		"{{if .t}}{{else if}}{{end}}", "{{if .t}}{{else if .t}}{{else}}{{else}}{{end}}", "{{if .t}}{{else if .t}}", "{{with .t}}{{else if .t}}{{end}}", "{{if .t}}{{else with .t}}{{end}}",
		"{{range .l}}{{else if .t}}{{end}}", "{{range .l}}{{else with .t}}{{end}}", "{{range .l}}{{else range .l}}{{end}}", "{{with .t}}{{else with}}{{end}}", "{{if .t}}{{else\nif .t}}x{{end}}",
		"{{true false}}", "{{break .s}}", "{{definex}}", "{{ifx}}", "{{if.t}}x{{end}}", "{{range.l}}x{{end}}", "{{end}", "{{.s}", "{{.s }", "{{.averyveryverylongname !}}", "{{!averyveryverylongname}}",
		"{{\"a very long string\" }", "{{template \"a very long name\" \"b\" \"c\"}}", "{{define averyveryverylongname}}", "{{define \"a\" averyveryverylongname}}", "{{(1) := 2}}", "{{1 := 2}}", "{{.s := 2}}", "{{print := 2}}",
		"{{$x.y := 1}}", "{{$x := 1}}{{$x.y = 1}}", "{{$x:y}}", "{{$x := 1 := 2}}", "{{- }}", "{{ -}}", "{{--}}", "{{- -}}", "{{-}}", "x {{-}}", "{{.s -}", "{{+}}", "{{-x}}", "{{-.s}}", "{{- .s-}}",
		"{{if true}}a{{else}}b", "{{define \"a\"}}{{if .t}}{{end}}", "{{define \"a\"}}{{define \"b\"}}{{end}}{{end}}", "{{block \"a\" .}}{{define \"b\"}}{{end}}{{end}}", "{{block \"a\" $x}}{{end}}",
		"{{$x := 1}}{{block \"a\" .}}{{$x}}{{end}}", "{{define \"a\"}}{{end}}{{else}}", "{{/* ok */}}{{/* bad", "{{`x`", "{{1.5.x}}", "{{1..x}}", "{{(print 1).}}", "{{(print 1) .x}}", "{{print.x}}", "{{print .x.}}", "{{.", "{{ .s .", "{{.s.", "{{eq ..",
		"{{block \"a\" .}}\n\n{{else}}", "{{block \"a\"\n.}}\n{{if .t}}\n{{end}}{{else}}", "{{define \"a\"}}\n\n{{else}}", "{{block \"a\" .}}\n{{block \"b\" .}}\n{{else\nif .t}}{{end}}")
}

// Numbers of all kinds, good and bad.
func numberCases() {
	for _, n := range []string{"0", "-0", "+7", "7", "-7", "007", "010", "0o17", "0O17", "0b101", "0B11", "0x1F", "0Xff", "-0x10", "+0b1", "1_000", "0x_ff", "0_7", "0b_1", "0o_7",
		"9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "18446744073709551616", "0xffffffffffffffff", "0x7fffffffffffffff",
		"1.5", ".5", "5.", "-.5", "+1.25", "1e3", "1E3", "1e+3", "1e-3", "1.5e10", "1e100", "1e400", "-1e400", "1e-400", "1_0.5", "1.5_5", "1e1_0", "1_e1", "_1", "1_", "1__0", "0x1p4", "0x1.8p1", "0X1P-2", "0x.8p0", "0x1.8", "0x1e", "-0x1e", "0x1p", "0x",
		"0b", "0o", "0b2", "0o8", "08", "09.5", "0x1g", "1a", "1e", "1e+", "1.2.3", "12abc", "0xfffffffffffffffff", "1i", "1.5i", "0i", "-2i", "1+2i", "1-2i", "1.5e1+2.5e-1i", "1+0i", "0+0i", "1+2", "1+2j", "1i+2i", "0x1p1+0x1p2i", "1+i", "1e3i", "0x10i", "01i", "0b1i", "1_0i",
		"2147483648", "4294967296", "123456789.0", "1234567890123456789012.0", "0.000001", "0.0000001", "100000.0", "1000000.0", "1e20", "1e21", "1e22", "0.1", "3.0", "2.50", "1e0", "0e0", "-0.0", "0x1p-1074", "0x1p1023", "0x1p1024", "1.7976931348623157e308", "5e-324",
		"0x1.fffffffffffffp0", "0x1.fffffffffffff8p0", "0x1.00000000000008p0", "1.0e+1", "'a'", "1+.i", "1+ei", "1+_i", "1e999+.i", "+-2i", "1-i", "0b1+0b1i", "1.e+2.e-1i", "0x1+0x.i", "'\\0'", "'\\''", "1.", "1.e1", "00", "0.", ".0", "0_", "0x1_", "1.e", "1e5_", "0x1_p1", "0x1p_1", "1+21e308i", "1e999+1i", "0xp1+0x1p2i", "0x1p-92233720368547758071074", "0x1p99999999999999999999", "1e-99999999999999999999", "1e99999999999999999999"} {
		add(Case{Name: "number/" + n, Template: "{{" + n + "}} {{printf \"%T %v\" " + n + " " + n + "}}"})
	}
	group("number-use", "{{printf \"%d\" 0xFF}}", "{{printf \"%d %d\" 1 -1}}", "{{index .l 1.0}}", "{{index .l 1e0}}", "{{index .l 0x1}}", "{{index .l 'a'}}", "{{print 1 2 3}}", "{{print 1.0 2.5}}", "{{eq 1 1.0}}", "{{eq 0x10 16}}", "{{lt 1 2.0}}", "{{len 3}}", "{{print 1i}}", "{{print 1+2i}}", "{{print 9223372036854775808}}")
}
