//! A link for a class: this set-up without the controls that are not its subject. The teacher's own page stays as it is.

use crate::ui::components::Dialog;
use crate::ui::frame::copy_link;
use crate::ui::hide;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::pages::View;
use crate::ui::route::Route;
use crate::ui::status::Status;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The button, and the dialog behind it.
#[component]
pub fn ClassLink() -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let status = expect_context::<Status>();
    let open = RwSignal::new(false);
    let hidden = RwSignal::new(BTreeSet::<&'static str>::new());
    let link = move || {
        let mut address = route.address();
        let names: Vec<_> = hidden.with(|hidden| hidden.iter().copied().collect());
        address.set("hide", (!names.is_empty()).then(|| names.join(",")));
        let page = location().href().unwrap_or_default();
        format!("{}{}", page.split('#').next().unwrap_or_default(), address.to_hash())
    };
    let copy = move |_| copy_link(i18n, status, link());
    let group = move |parts: &'static [hide::Part], name: fn(I18n, &str) -> &'static str| {
        let boxes = parts.iter().filter(|part| part.name != "train").map(move |part| {
            let shown = move || hidden.with(|hidden| !hidden.contains(part.name));
            let change = move |on: bool| {
                hidden.update(|hidden| {
                    if on { hidden.remove(part.name) } else { hidden.insert(part.name) };
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
        <button type="button" class="quiet small class-link" data-testid="class-link" on:click=move |_| open.set(true)>
            {t!(i18n, train.class_link)}
        </button>
        <Dialog open title=t!(i18n, train.class_title)>
            <p class="small muted">{t!(i18n, train.class_hint)}</p>
            <fieldset class="class-group"><legend>{t!(i18n, train.class_parts)}</legend>{group(&hide::TRAIN, part_name)}</fieldset>
            <fieldset class="class-group"><legend>{t!(i18n, common.views)}</legend>{group(&hide::VIEWS, view_name)}</fieldset>
            <label class="field">
                <span class="field-label">{t!(i18n, train.class_address)}</span>
                <input type="text" readonly data-testid="class-address" prop:value=link />
            </label>
            <div class="button-row">
                <button type="button" class="primary" on:click=copy>{t!(i18n, common.copy_link)}</button>
                <a class="button-link" href=link target="_blank" rel="noopener">{t!(i18n, train.class_try)}</a>
            </div>
        </Dialog>
    }
}

fn view_name(i18n: I18n, name: &str) -> &'static str {
    View::named(name).map_or("", |view| (view.about().title)(i18n.language()))
}

fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "model" => t_string!(i18n, train.network),
        "layers" => t_string!(i18n, train.edit_layers),
        "seed" => t_string!(i18n, train.seed),
        "device" => t_string!(i18n, train.device),
        "optimizer" => t_string!(i18n, train.optimizer),
        "lr" => t_string!(i18n, train.learning_rate),
        "batch" => t_string!(i18n, train.batch),
        "epochs" => t_string!(i18n, train.epochs),
        "schedule" => t_string!(i18n, train.schedule),
        "momentum" => t_string!(i18n, train.more_optimizer),
        "overfitting" => t_string!(i18n, train.more_overfitting),
        "recipe" => t_string!(i18n, train.recipe),
        "chart" => t_string!(i18n, train.chart),
        "runs" => t_string!(i18n, train.runs),
        "weights" => t_string!(i18n, train.first_layer),
        "misread" => t_string!(i18n, train.misread),
        "digit" => t_string!(i18n, train.your_digit_short),
        "gradients" => t_string!(i18n, train.layers_gradients),
        _ => t_string!(i18n, train.files),
    }
}
