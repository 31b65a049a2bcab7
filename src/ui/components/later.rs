//! What is not seen at once is made after what is: a view opens sooner, and the rest follows behind its first frame.

use leptos::prelude::*;
use std::time::Duration;

/// Makes its children once the browser has drawn what stands above them.
#[component]
pub fn Later(children: ChildrenFn) -> impl IntoView {
    let due = RwSignal::new(false);
    request_animation_frame(move || {
        // A frame's callbacks come before it is drawn.
        set_timeout(
            move || {
                due.try_set(true);
            },
            Duration::ZERO,
        );
    });
    move || due.get().then(|| children())
}
