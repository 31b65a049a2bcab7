//! A link for a class: this set-up without the controls that are not its subject. The teacher's own page stays as it is. Each view
//! has it at its end.

use crate::ui::components::Dialog;
use crate::ui::frame::copy_link;
use crate::ui::hide;
use crate::ui::i18n::{I18n, t, use_i18n};
use crate::ui::pages::View;
use crate::ui::route::Route;
use crate::ui::status::Status;
use leptos::prelude::*;

/// The button, and the dialog behind it.
#[component]
pub fn ClassLink(
    /// What there is to hide on this view.
    parts: &'static [hide::Part],
    /// What each is called.
    names: fn(I18n, &str) -> &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let status = expect_context::<Status>();
    let open = RwSignal::new(false);
    let hidden = RwSignal::new(Vec::<&'static str>::new());
    let link = move || {
        let mut address = route.address();
        let names = hidden.with(|hidden| hidden.join(","));
        address.set("hide", (!names.is_empty()).then_some(names));
        let page = location().href().unwrap_or_default();
        format!("{}{}", page.split('#').next().unwrap_or_default(), address.to_hash())
    };
    let copy = move |_| copy_link(i18n, status, link());
    // The view itself stays.
    let own = route.path_untracked().into_iter().next().unwrap_or_default();
    let group = move |parts: &'static [hide::Part], name: fn(I18n, &str) -> &'static str| {
        let boxes = parts.iter().filter(|part| part.name != own).map(|part| {
            let shown = move || hidden.with(|hidden| !hidden.contains(&part.name));
            let change = move |on: bool| {
                hidden.update(|hidden| {
                    hidden.retain(|name| *name != part.name);
                    if !on {
                        hidden.push(part.name);
                    }
                });
            };
            view! {
                <label class="class-part">
                    <input type="checkbox" prop:checked=shown on:change:target=move |event| change(event.target().checked()) />
                    <span>{move || name(i18n, part.name)}</span>
                </label>
            }
        });
        view! { <div class="class-parts">{boxes.collect_view()}</div> }
    };
    view! {
        <p class="class-link">
            <button type="button" class="quiet small" data-testid="class-link" on:click=move |_| open.set(true)>{t!(i18n, common.class.link)}</button>
        </p>
        <Dialog open title=t!(i18n, common.class.title)>
            <p class="small muted">{t!(i18n, common.class.hint)}</p>
            {(!parts.is_empty()).then(|| view! {
                <fieldset class="class-group"><legend>{t!(i18n, common.class.parts)}</legend>{group(parts, names)}</fieldset>
            })}
            <fieldset class="class-group"><legend>{t!(i18n, common.views)}</legend>{group(&hide::VIEWS, view_name)}</fieldset>
            <label class="field">
                <span class="field-label">{t!(i18n, common.class.address)}</span>
                <input type="text" readonly data-testid="class-address" prop:value=link />
            </label>
            <div class="button-row">
                <button type="button" class="primary" on:click=copy>{t!(i18n, common.copy_link)}</button>
                <a class="button-link" href=link target="_blank" rel="noopener">{t!(i18n, common.class.try_it)}</a>
            </div>
        </Dialog>
    }
}

fn view_name(i18n: I18n, name: &str) -> &'static str {
    View::named(name).map_or("", |view| (view.about().title)(i18n.language()))
}
