package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"text/template"
)

// Item is a struct with fields of several kinds.
type Item struct {
	Name string
	Port int
	Tags []string
}

// Tags is a slice with a method.
type Tags []string

// Contains tells whether a tag is in the list.
func (t Tags) Contains(tag string) bool {
	for _, have := range t {
		if have == tag {
			return true
		}
	}
	return false
}

// Scratch is reached by its methods only.
type Scratch struct{ values map[string]any }

// Set keeps a value and prints nothing.
func (s *Scratch) Set(key string, value any) string {
	s.values[key] = value
	return ""
}

// Get gives a kept value.
func (s *Scratch) Get(key string) any { return s.values[key] }

// Fail always fails.
func (s *Scratch) Fail() (string, error) { return "", errors.New("scratch failed") }

// Level prints by its String method.
type Level int

func (l Level) String() string { return fmt.Sprintf("level-%d", int(l)) }

// Fixture has a field for each kind of value.
type Fixture struct {
	Bool       bool
	Int        int
	Int8       int8
	Int16      int16
	Int32      int32
	Int64      int64
	Uint       uint
	Uint8      uint8
	Uint64     uint64
	Float32    float32
	Float64    float64
	Complex    complex128
	String     string
	Bytes      []byte
	Strings    []string
	NilStrings []string
	Ints       []int
	Items      []Item
	Item       Item
	ItemPtr    *Item
	NilPtr     *Item
	IntPtr     *int
	MapSS      map[string]string
	MapSI      map[string]int
	MapIS      map[int]string
	MapSA      map[string]any
	NilMap     map[string]string
	Any        any
	NilAny     any
	Anys       []any
	Tags       Tags
	Scratch    *Scratch
	Level      Level
	Add        func(int, int) int
	Sum        func(string, ...int) string
	Failing    func() (string, error)
	Ptrs       []*Item
}

func fixture() any {
	seven := 7
	item := Item{"web", 80, []string{"a", "b"}}
	return Fixture{
		Bool: true, Int: -1, Int8: -8, Int16: -16, Int32: -32, Int64: -64, Uint: 1, Uint8: 8, Uint64: 1 << 63,
		Float32: 0.1, Float64: 2.5, Complex: complex(1, -2), String: "text", Bytes: []byte("bytes"),
		Strings: []string{"x", "y"}, Ints: []int{1, 2, 3}, Items: []Item{item, {"db", 5432, nil}}, Item: item,
		ItemPtr: &item, IntPtr: &seven, MapSS: map[string]string{"k": "v"}, MapSI: map[string]int{"one": 1, "two": 2},
		MapIS: map[int]string{2: "two", 1: "one"}, MapSA: map[string]any{"a": 1, "n": nil}, Any: 5,
		Anys: []any{1, "two", nil}, Tags: Tags{"red", "blue"}, Scratch: &Scratch{map[string]any{}}, Level: 3,
		Add: func(a, b int) int { return a + b },
		Sum: func(name string, ns ...int) string {
			sum := 0
			for _, n := range ns {
				sum += n
			}
			return fmt.Sprintf("%s=%d", name, sum)
		},
		Failing: func() (string, error) { return "", errors.New("field failed") },
		Ptrs:    []*Item{{Name: "p"}},
	}
}

func functions(t *template.Template) template.FuncMap {
	return template.FuncMap{
		"add":     func(a, b int) int { return a + b },
		"upper":   strings.ToUpper,
		"fail":    func(message string) (string, error) { return "", errors.New(message) },
		"join":    func(sep string, items ...string) string { return strings.Join(items, sep) },
		"ident":   func(v any) any { return v },
		"list":    func(items ...any) []any { return append([]any{}, items...) },
		"count":   func(items []string) int { return len(items) },
		"small":   func(n uint8) uint8 { return n },
		"signed":  func(n int8) int8 { return n },
		"wide":    func(n int64) int64 { return n },
		"half":    func(x float64) float64 { return x / 2 },
		"single":  func(x float32) float32 { return x },
		"conj":    func(c complex128) complex128 { return complex(real(c), -imag(c)) },
		"negate":  func(b bool) bool { return !b },
		"keys":    func(m map[string]string) int { return len(m) },
		"hello":   func() string { return "hello" },
		"inf":     func(sign int) float64 { return math.Inf(sign) },
		"nan":     math.NaN,
		"nothing": func() any { return nil },
		"name":    func(item *Item) string { return item.Name },
		"port":    func(item Item) int { return item.Port },
		"run": func(name string, dot any) (string, error) {
			var out strings.Builder
			err := t.ExecuteTemplate(&out, name, dot)
			return out.String(), err
		},
	}
}
