//! Parts of the program that are fetched when they are first wanted, so that the pad need not wait for the code of the
//! other views. A function defined with `part!` is where `cargo xtask build` cuts the module: it, and all
//! that only it needs, is a file of its own.

/// Why a part could not be had: the browser's console has the cause.
pub use wasm_split_helpers::SplitLoaderError as NotLoaded;

/// Defines an `async` function that loads its own code first, under the name of the part in snake case. It takes no
/// arguments, and gives what it says or [`NotLoaded`]; the next call tries again.
macro_rules! part {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident() -> $output:ty $body:block) => {
        $(#[$attribute])*
        #[wasm_split_helpers::wasm_split($name, fallible)]
        $visibility fn $name() -> Result<$output, $crate::part::NotLoaded> {
            Ok($body)
        }
    };
}

pub(crate) use part;
