package main

import "fmt"

// The predefined functions.
func functionCases() {
	group("and-or", "{{and 1 2}}", "{{and 0 2}}", "{{and 1 \"\" 3}}", "{{and true}}", "{{and}}", "{{or 0 2}}", "{{or 1 2}}", "{{or 0 \"\" nil}}", "{{or}}", "{{or false}}", "{{and .no (index .l 9)}}", "{{or .t (index .l 9)}}", "{{and .t (index .l 9)}}", "{{or .no (index .l 9)}}", "{{1 | and 2}}", "{{0 | or 0}}", "{{1 | and 0}}", "{{.s | or .e}}", "{{.nope | and 1}}", "{{1 | and}}", "{{or .nope \"default\"}}", "{{or .n .nope}}", "{{and .l .m}}", "{{or .el .em \"x\"}}", "{{printf \"%T\" (or .z 1)}}", "{{and 1 2 3 4 0 5}}", "{{or \"\" 0 nil 7 8}}", "{{if and .t (not .no) (or .e .s)}}y{{end}}", "{{and nil 1}}", "{{or nil 1}}", "{{(or .x .m).y.z}}", "{{and 1 .s.x}}", "{{or 1 .s.x}}", "{{and .t nil}}", "{{or .no nil}}")
	group("not", "{{not true}}", "{{not 0}}", "{{not \"\"}}", "{{not .l}}", "{{not nil}}", "{{not}}", "{{not 1 2}}", "{{.t | not}}", "{{not .nope}}")
	group("len", "{{len .s}}", "{{len .u}}", "{{len .l}}", "{{len .m}}", "{{len 3}}", "{{len .i}}", "{{len .t}}", "{{len}}", "{{len 1 2}}", "{{len \"\"}}", "{{len \"日本\"}}", "{{len .el}}", "{{.l | len}}", "{{len (len .l)}}", "{{len (index .mixed 2)}}", "{{len (index .mixed 4)}}")
	group("index", "{{index .l 0}}", "{{index .l 2}}", "{{index .l 3}}", "{{index .l 4}}", "{{index .l -1}}", "{{index .l \"a\"}}", "{{index .l nil}}", "{{index .l .nope}}", "{{index .l 1.5}}", "{{index .l true}}", "{{index .s 0}}", "{{index .s 5}}", "{{index .s 6}}", "{{index .u 1}}", "{{index .m \"a\"}}", "{{index .m \"nope\"}}", "{{index .m 1}}", "{{index .m nil}}", "{{index .m \"c\" 1}}", "{{index .m \"b\" 1}}", "{{index .m \"a\" 1}}", "{{index .x \"y\" \"z\"}}", "{{index .x \"y\" \"z\" 0}}", "{{index .x \"no\" \"z\"}}", "{{index .i 0}}", "{{index nil}}", "{{index nil 0}}", "{{index}}", "{{index .l}}", "{{index 3}}", "{{index .mixed 2 1}}", "{{index .mixed 4 0}}", "{{index .mixed 5 \"k\"}}", "{{index .l .i}}", "{{1 | index .l}}", "{{index (index .people 1) \"name\"}}", "{{index .people 1 \"name\" 0}}", "{{index \"abc\" 1}}", "{{index .el 0}}", "{{index .n 0}}", "{{index .nope 0}}", "{{index .t \"x\"}}", "{{index .l 1 1}}", "{{index .l 9223372036854775807}}", "{{index .l 'a'}}", "{{index .l 1i}}", "{{index .l 1+0i}}", "{{printf \"%T\" (index .s 0)}}", "{{index .l .nums}}", "{{index .m .l}}")
	group("slice", "{{slice .s}}", "{{slice .s 1}}", "{{slice .s 1 3}}", "{{slice .s 1 2 3}}", "{{slice .s 1 2 3 4}}", "{{slice .s 5}}", "{{slice .s 6}}", "{{slice .s 3 2}}", "{{slice .s -1}}", "{{slice .l}}", "{{slice .l 1}}", "{{slice .l 1 2}}", "{{slice .l 0 1 2}}", "{{slice .l 2 1}}", "{{slice .l 0 2 1}}", "{{slice .l 5}}", "{{slice .l \"a\"}}", "{{slice .l nil}}", "{{slice .m 1}}", "{{slice .i 1}}", "{{slice nil}}", "{{slice nil 1}}", "{{slice}}", "{{slice .u 1 2}}", "{{slice .u 1 3}}", "{{slice \"abc\" 1}}", "{{slice .nope 1}}", "{{slice .n 1}}", "{{slice .s 1.0}}", "{{slice .s 1.5}}", "{{1 | slice .s}}", "{{slice .el}}", "{{slice .el 0}}", "{{slice (slice .s 1 4) 1}}", "{{printf \"%T\" (slice .l 1)}}", "{{slice .s 0 0}}|", "{{slice .s .z}}", "{{slice .t}}", "{{slice .s true}}", "{{slice .nope 1 2 3 4}}")
	group("print", "{{print}}|", "{{print 1}}", "{{print 1 2}}", "{{print \"a\" \"b\"}}", "{{print \"a\" 1}}", "{{print 1 \"a\"}}", "{{print 1 \"a\" 2}}", "{{print 1 2 \"a\" \"b\" 3 4}}", "{{print true false}}", "{{print .l .m}}", "{{print nil}}", "{{print nil nil}}", "{{print nil \"a\"}}", "{{print 1.5 2}}", "{{print .n .nope}}", "{{println}}|", "{{println 1 \"a\" 2}}|", "{{println \"a\" \"b\"}}|", "{{println nil}}|", "{{print .u .s}}", "{{print 'a'}}", "{{print .el .em}}", "{{print .mixed}}", "{{print 1e6 1e20 1e21 1e-7}}", "{{print (print)}}|", "{{print 1i 1.5i}}", "{{print .big .f .i}}", "{{println .l}}|", "{{print .people}}", "{{print .t .s .t .t}}", "{{println 1.0}}|")
	group("html", "{{html .html}}", "{{.html | html}}", "{{html 1 2}}", "{{html \"a\" \"b\"}}", "{{html .l}}", "{{html}}|", "{{html \"\\x00\"}}", "{{html \"<\" 1 \">\"}}", "{{html .m}}", "{{html .u}}", "{{html .t}}", "{{html \"\\xff<\"}}", "{{html 1.5}}")
	group("js", "{{js .html}}", "{{js .ctl}}", "{{js \"a\\\\b'c\\\"d=e\"}}", "{{js .u}}", "{{js 1 2}}", "{{js .l}}", "{{js}}|", "{{js \"\\x7f\\u00a0\\u2028\\U0001F600\"}}", "{{js \"\\xff\"}}", "{{js \"\\u200b\\ufeff\"}}", "{{js \"\\U000E0001\"}}", "{{js \"a\\r\\n\\t\"}}")
	group("urlquery", "{{urlquery \"a b&c=d/e?f\"}}", "{{urlquery .u}}", "{{urlquery 1 2}}", "{{urlquery \"-_.~!*'()\"}}", "{{urlquery}}|", "{{urlquery .l}}", "{{.html | urlquery}}", "{{urlquery \"+%20\"}}", "{{urlquery \"\\xff\\x00\"}}")
	group("call", "{{call}}", "{{call nil}}", "{{call .s}}", "{{call .i 1}}", "{{call .nope}}", "{{call .n}}", "{{.s | call}}", "{{call 1}}", "{{call (print 1)}}", "{{nil | call}}", "{{call print}}", "{{call .m}}", "{{call .x.y}}", "{{.nope | call}}", "{{call \"x\" 1 2}}")
	group("call-error", "{{printf}}", "{{printf 1}}", "{{printf .i}}", "{{printf nil}}", "{{printf .nope}}", "{{printf .n}}", "{{printf .l}}", "{{.i | printf}}", "{{printf true}}", "{{printf .s.x}}", "{{1 | printf \"%d\"}}", "{{printf (print \"%d\") 3}}", "{{eq}}", "{{eq 1}}", "{{ne 1}}", "{{ne 1 2 3}}", "{{lt 1}}", "{{lt 1 2 3}}", "{{1 | lt 2}}", "{{1 | lt}}", "{{gt}}", "{{1 | eq}}", "{{1 | eq 1}}", "{{1 | eq 2 1}}", "{{js (index .l 9)}}", "{{print (len 3)}}", "{{len (printf 3)}}", "{{printf \"%d\" (len)}}", "{{html (html (html .i.x))}}", "{{print (index .l 9) (len 3)}}", "{{printf 1.5}}", "{{printf 'a'}}", "{{printf .}}", "{{printf .t}}", "{{printf (1)}}", "{{printf print}}", "{{index print 1}}", "{{print print}}", "{{print len}}", "{{(len)}}")
}

// Comparisons, also of unlike kinds.
func compareCases() {
	operands := []string{"1", "2", "-1", "1.0", "1.5", "\"a\"", "\"b\"", "true", "false", "1i", "nil", ".i", ".f", ".s", ".l", ".m", ".n", ".nope", "'a'"}
	for _, op := range []string{"eq", "ne", "lt", "le", "gt", "ge"} {
		for i, a := range operands {
			for j, b := range operands {
				// Orderings use the same code: a third of the pairs is enough for them.
				if op != "eq" && (i+j)%3 != len(op)*int(op[0])%3 {
					continue
				}
				if op == "ne" && (i*j)%2 == 1 {
					continue
				}
				add(Case{Name: fmt.Sprintf("compare/%s-%d-%d", op, i, j), Template: fmt.Sprintf("{{%s %s %s}}", op, a, b)})
			}
		}
	}
	group("eq-many", "{{eq 1 2 3 1}}", "{{eq 1 2 3}}", "{{eq \"a\" \"b\" \"a\"}}", "{{eq .s \"x\" \"hello\" \"y\"}}", "{{eq 1 \"a\" 1}}", "{{eq 1 1 \"a\"}}", "{{eq .i 3.0}}", "{{eq .i 3}}", "{{eq .m .m}}", "{{eq .l .l}}", "{{eq .el .el}}", "{{eq .x nil}}", "{{eq nil .l}}", "{{eq nil nil}}", "{{eq .n nil}}", "{{eq .nope nil}}", "{{eq .t .no .t}}", "{{eq (len .l) 3}}", "{{eq (index .s 0) 104}}", "{{lt (index .s 0) 105}}", "{{gt (index .s 0) -1}}", "{{eq (index .s 0) -1}}", "{{lt -1 (index .s 0)}}", "{{ge -1 (index .s 0)}}", "{{le (index .s 0) 104}}", "{{eq 104 (index .s 0)}}", "{{ne 1 2}}", "{{ne .s .e}}", "{{lt \"a\" \"b\"}}", "{{lt \"B\" \"a\"}}", "{{lt \"é\" \"z\"}}", "{{ge \"b\" \"a\"}}", "{{lt true false}}", "{{lt 1i 2i}}", "{{lt .l .l}}", "{{lt nil 1}}", "{{lt .n .n}}", "{{eq 1i 1i 2i}}", "{{eq .l 1}}", "{{eq 1 .l}}", "{{eq .l .m}}", "{{eq . .}}", "{{eq .mixed nil}}", "{{gt 1.5 1.0}}", "{{le 1.5 1.5}}", "{{eq print print}}", "{{eq \"\" .nope}}", "{{ne .nope .n}}", "{{ne .l .l}}", "{{eq .l nil .l}}")
}
