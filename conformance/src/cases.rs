//! Tables of tests.

/// Tests that run on each make of agent: `on_each_agent! { one, another }` makes of
/// `fn one(make: Make)` the tests `on_consul::one` and `on_gyropilot::one`.
#[macro_export]
macro_rules! on_each_agent {
    ($($test:ident),* $(,)?) => {
        mod on_consul {$(
            #[test]
            fn $test() {
                super::$test($crate::agent::Make::Consul);
            }
        )*}
        mod on_gyropilot {$(
            #[test]
            fn $test() {
                super::$test($crate::agent::Make::Gyropilot);
            }
        )*}
    };
}

/// A test a line, named first: `cases! { function: name: argument => argument; … }`
/// calls `function(&argument, &argument)`.
#[macro_export]
macro_rules! cases {
    ($function:ident: $($name:ident: $($argument:expr)=>+;)*) => {$(
        #[test]
        fn $name() {
            $function($(&$argument),+);
        }
    )*};
}
