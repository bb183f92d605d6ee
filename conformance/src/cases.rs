//! Tables of tests.

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
