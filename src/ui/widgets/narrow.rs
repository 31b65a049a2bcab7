//! Whether the page is as narrow as a phone: a drawing that runs from left to right then runs downward.

use crate::ui::state::use_kept;
use crate::ui::theme::media_query;
use leptos::prelude::*;

/// The answer, asked of the browser once.
#[derive(Clone, Copy)]
struct Narrow(Signal<bool>);

/// The same width at which the style sheets turn to one column of controls; followed.
pub fn use_narrow() -> Signal<bool> {
    use_kept(|| Narrow(media_query("(max-width: 599px)"))).0
}
