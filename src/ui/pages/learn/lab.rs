//! The overfitting lab on a page of its own, its whole set-up in the address: `#/learn/lab?set=mnist&count=500`.

use crate::ui::address::Address;
use crate::ui::class_link::ClassLink;
use crate::ui::hide;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::route::{Route, use_query};
use crate::ui::status::Status;
use crate::ui::widgets::{Board, Handle, WidgetView};
use leptos::prelude::*;

/// The lab without the chapter around it.
#[component]
pub fn LabPage(boards: Board) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let handle = boards.place("lab", "overfitting");
    if let Some(handle) = handle {
        follow_address(handle);
    }
    view! {
        <article class="lab" data-testid="lab">
            <h1>{t!(i18n, learn.lab_title)}</h1>
            <p><a href=move || route.link("learn/overfitting")>{t!(i18n, learn.lab_back)}</a></p>
            {handle.map(|handle| view! { <WidgetView handle /> })}
            <ClassLink parts=&hide::LAB names=part_name />
        </article>
    }
}

/// What the parts are called that can be taken off this page.
fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "lab-settings" => t_string!(i18n, common.class.widget_controls),
        "lab-runs" => t_string!(i18n, learn.earlier_runs),
        _ => t_string!(i18n, train.mask),
    }
}

/// What the address says is set, what cannot be is told; and the address says what is set.
fn follow_address(handle: Handle) {
    let i18n = use_i18n();
    let status = expect_context::<Status>();
    let query = use_query();
    Effect::new(move |_| {
        let pairs = Address::parse(&format!("#/?{}", query.get())).query;
        let fits = |pair: &(String, String)| handle.spec().check(&vec![pair.clone()]).is_ok();
        let (fitting, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(fits);
        handle.set_all(&fitting);
        if let Some((key, value)) = others.into_iter().next() {
            match handle.spec().setting(&key) {
                Some(_) => {
                    let used = handle.values_untracked().text(&key).to_owned();
                    status.warn(t!(i18n, common.address_value, key = key, value = value, used = used));
                }
                None => status.warn(t!(i18n, common.address_key, key = key)),
            }
        }
    });
    Effect::new(move |_| {
        let values = handle.values();
        let changed = handle.spec().settings.iter().filter(|setting| values.text(setting.key) != setting.default);
        let pairs = changed.map(|setting| (setting.key.to_owned(), values.text(setting.key).to_owned()));
        query.set(&Address { path: Vec::new(), query: pairs.collect() }.query_text());
    });
}
