//! The overfitting lab on a page of its own: `#/learn/lab`.

use crate::ui::i18n::{t, use_i18n};
use crate::ui::route::Route;
use crate::ui::widgets::{Board, WidgetView};
use leptos::prelude::*;

/// The lab without the chapter around it.
#[component]
pub fn LabPage(boards: Board) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let handle = boards.place("lab", "overfitting");
    view! {
        <article class="lab" data-testid="lab">
            <h1>{t!(i18n, learn.lab_title)}</h1>
            <p><a href=move || route.link("learn/overfitting")>{t!(i18n, learn.lab_back)}</a></p>
            {handle.map(|handle| view! { <WidgetView handle /> })}
        </article>
    }
}
