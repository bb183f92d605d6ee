//! The typed values and the functions that the generator's `fixture.go` has, as the library models them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gyropilot_template::{
    FloatKind, Func, FuncError, Functions, IntKind, Map, MapKey, Object, Pointer, Signature, Slice, Struct,
    StructType, Text, Type, UintKind, Value,
};

/// A slice with a method.
struct Tags(Vec<String>);

/// Reached by its methods only.
struct Scratch(Rc<RefCell<BTreeMap<String, Value>>>);

/// Prints by its own text.
struct Level(i64);

// === impl Tags ===

impl Object for Tags {
    fn type_name(&self) -> &str {
        "main.Tags"
    }

    fn method(&self, name: &str) -> Option<Func> {
        let tags = self.0.clone();
        (name == "Contains").then(|| {
            Func::new(Signature::new([Type::String]), move |args| {
                let tag = args[0].as_text().unwrap_or_default();
                Ok(Value::from(tags.iter().any(|have| have.as_bytes() == tag.as_bytes())))
            })
        })
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::from(self.0.clone()))
    }
}

// === impl Scratch ===

impl Object for Scratch {
    fn type_name(&self) -> &str {
        "*main.Scratch"
    }

    fn method(&self, name: &str) -> Option<Func> {
        let values = Rc::clone(&self.0);
        let key = |args: &[Value]| args[0].as_text().unwrap_or_default().to_str().into_owned();
        match name {
            "Set" => Some(Func::new(Signature::new([Type::String, Type::Any]), move |args| {
                values.borrow_mut().insert(key(args), args[1].clone());
                Ok(Value::from(""))
            })),
            "Get" => Some(Func::new(Signature::new([Type::String]), move |args| {
                Ok(values.borrow().get(&key(args)).cloned().unwrap_or_default())
            })),
            "Fail" => Some(Func::new(Signature::new([]), |_| Err(FuncError::new("scratch failed")))),
            _ => None,
        }
    }
}

// === impl Level ===

impl Object for Level {
    fn type_name(&self) -> &str {
        "main.Level"
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.0))
    }

    fn string(&self) -> Option<Text> {
        Some(format!("level-{}", self.0).into())
    }
}

fn item_type() -> Rc<StructType> {
    Rc::new(StructType {
        name: "main.Item".to_owned(),
        fields: vec![
            ("Name".to_owned(), Type::String),
            ("Port".to_owned(), Type::INT),
            ("Tags".to_owned(), Type::slice(Type::String)),
        ],
    })
}

fn item(name: &str, port: i64, tags: Value) -> Value {
    Struct::new(item_type(), [name.into(), Value::int(port), tags]).into()
}

fn strings(items: &[&str]) -> Value {
    Value::from(items.iter().map(|item| (*item).to_owned()).collect::<Vec<String>>())
}

fn slice(elem: Type, items: Vec<Value>) -> Value {
    Slice::new(elem, items).into()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// As `fixture()` of the generator.
pub(crate) fn fixture() -> Value {
    let no_tags = Value::from(Slice::nil(Type::String));
    let web = item("web", 80, strings(&["a", "b"]));
    let int_entries = [("one", 1), ("two", 2)].map(|(k, n)| (MapKey::String(k.into()), Value::int(n)));
    let by_int = [(1, "one"), (2, "two")].map(|(n, v)| (MapKey::Int(IntKind::Int, n), Value::from(v)));
    let add = Func::new(Signature::new([Type::INT, Type::INT]).returning(Type::INT).infallible(), |args| {
        Ok(Value::int(number(&args[0]) + number(&args[1])))
    });
    let sum = Func::new(
        Signature::variadic([Type::String, Type::INT]).returning(Type::String).infallible(),
        |args| {
            let sum: i64 = args[1..].iter().map(number).sum();
            Ok(Value::from(format!("{}={sum}", args[0].as_text().unwrap_or_default().to_str())))
        },
    );
    let failing =
        Func::new(Signature::new([]).returning(Type::String), |_| Err(FuncError::new("field failed")));
    let item_of = || Type::Struct(item_type());
    let ptrs = slice(Type::pointer(item_of()), vec![Pointer::to(item("p", 0, no_tags.clone())).into()]);
    let fields: Vec<(&str, Value)> = vec![
        ("Bool", true.into()),
        ("Int", Value::int(-1)),
        ("Int8", Value::Int(IntKind::Int8, -8)),
        ("Int16", Value::Int(IntKind::Int16, -16)),
        ("Int32", Value::Int(IntKind::Int32, -32)),
        ("Int64", Value::Int(IntKind::Int64, -64)),
        ("Uint", Value::Uint(UintKind::Uint, 1)),
        ("Uint8", Value::Uint(UintKind::Uint8, 8)),
        ("Uint64", Value::Uint(UintKind::Uint64, 1 << 63)),
        ("Float32", 0.1_f32.into()),
        ("Float64", 2.5.into()),
        ("Complex", Value::Complex(1.0, -2.0)),
        ("String", "text".into()),
        ("Bytes", b"bytes"[..].into()),
        ("Strings", strings(&["x", "y"])),
        ("NilStrings", no_tags.clone()),
        ("Ints", slice(Type::INT, vec![Value::int(1), Value::int(2), Value::int(3)])),
        ("Items", slice(item_of(), vec![web.clone(), item("db", 5432, no_tags)])),
        ("Item", web.clone()),
        ("ItemPtr", Pointer::to(web).into()),
        ("NilPtr", Pointer::nil(item_of()).into()),
        ("IntPtr", Pointer::to(Value::int(7)).into()),
        ("MapSS", Value::from_strings([("k", "v")])),
        ("MapSI", Map::new(Type::String, Type::INT, int_entries.into()).into()),
        ("MapIS", Map::new(Type::INT, Type::String, by_int.into()).into()),
        ("MapSA", Map::of_any([("a", Value::int(1)), ("n", Value::Nil)]).into()),
        ("NilMap", Map::nil(Type::String, Type::String).into()),
        ("Any", Value::int(5)),
        ("NilAny", Value::Nil),
        ("Anys", slice(Type::Any, vec![Value::int(1), "two".into(), Value::Nil])),
        ("Tags", Value::object(Tags(vec!["red".to_owned(), "blue".to_owned()]))),
        ("Scratch", Value::object(Scratch(Rc::default()))),
        ("Level", Value::object(Level(3))),
        ("Add", add.into()),
        ("Sum", sum.into()),
        ("Failing", failing.into()),
        ("Ptrs", ptrs),
    ];
    let declared = |name: &str, value: &Value| match name {
        "Any" | "NilAny" => Type::Any,
        _ => value.type_of(),
    };
    let of = StructType {
        name: "main.Fixture".to_owned(),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), declared(name, value))).collect(),
    };
    Struct::new(Rc::new(of), fields.into_iter().map(|(_, value)| value)).into()
}

/// As `functions()` of the generator.
pub(crate) fn functions() -> Functions {
    let mut all = Functions::new();
    let string = |value: &Value| value.as_text().unwrap_or_default().to_str().into_owned();
    let mut plain = |name: &str, params: Vec<Type>, result: Type, body: fn(&[Value]) -> Value| {
        let signature = Signature::new(params).returning(result).infallible();
        all.insert(name, Func::new(signature, move |args| Ok(body(args))));
    };
    let item = || Type::Struct(item_type());
    plain("add", vec![Type::INT, Type::INT], Type::INT, |args| {
        Value::int(number(&args[0]) + number(&args[1]))
    });
    plain("upper", vec![Type::String], Type::String, |args| {
        Value::from(args[0].as_text().unwrap_or_default().to_str().to_uppercase())
    });
    plain("ident", vec![Type::Any], Type::Any, |args| args[0].clone());
    plain("count", vec![Type::slice(Type::String)], Type::INT, |args| match &args[0] {
        Value::Slice(items) => Value::int(items.len() as i64),
        _ => Value::int(-1),
    });
    plain("small", vec![Type::BYTE], Type::BYTE, |args| args[0].clone());
    plain("signed", vec![Type::Int(IntKind::Int8)], Type::Int(IntKind::Int8), |args| args[0].clone());
    plain("wide", vec![Type::INT64], Type::INT64, |args| args[0].clone());
    plain("half", vec![Type::FLOAT64], Type::FLOAT64, |args| match args[0] {
        Value::Float(_, x) => (x / 2.0).into(),
        _ => Value::Nil,
    });
    let single = Type::Float(FloatKind::Float32);
    plain("single", vec![single.clone()], single, |args| args[0].clone());
    plain("conj", vec![Type::Complex], Type::Complex, |args| match args[0] {
        Value::Complex(re, im) => Value::Complex(re, -im),
        _ => Value::Nil,
    });
    plain("negate", vec![Type::Bool], Type::Bool, |args| (!args[0].is_true()).into());
    plain("keys", vec![Type::map(Type::String, Type::String)], Type::INT, |args| match &args[0] {
        Value::Map(map) => Value::int(map.len() as i64),
        _ => Value::int(-1),
    });
    plain("hello", vec![], Type::String, |_| "hello".into());
    plain("nan", vec![], Type::FLOAT64, |_| f64::NAN.into());
    plain("inf", vec![Type::INT], Type::FLOAT64, |args| {
        if number(&args[0]) < 0 { f64::NEG_INFINITY.into() } else { f64::INFINITY.into() }
    });
    plain("nothing", vec![], Type::Any, |_| Value::Nil);
    plain("port", vec![item()], Type::INT, |args| match &args[0] {
        Value::Struct(item) => item.field("Port").unwrap().1.clone(),
        _ => Value::Nil,
    });
    all.add("name", [Type::pointer(item())], |args| match &args[0] {
        Value::Pointer(pointer) => match pointer.target() {
            Some(Value::Struct(item)) => Ok(item.field("Name").unwrap().1.clone()),
            _ => Err(FuncError::new("runtime error: invalid memory address or nil pointer dereference")),
        },
        _ => Err(FuncError::new("no pointer")),
    });
    all.add("fail", [Type::String], move |args| Err(FuncError::new(string(&args[0]))));
    all.add_variadic("join", [Type::String, Type::String], move |args| {
        let items: Vec<String> = args[1..].iter().map(string).collect();
        Ok(Value::from(items.join(&string(&args[0]))))
    });
    all.add_variadic("list", [Type::Any], |args| Ok(Slice::new(Type::Any, args).into()));
    let run = Signature::new([Type::String, Type::Any]).returning(Type::String);
    all.insert(
        "run",
        Func::with_call(run, move |call, args| {
            Ok(call.execute_template(&string(&args[0]), &args[1])?.into())
        }),
    );
    all
}
