//! "Check this gradient": a button on any gradient of a network, and what the two ways to it give. What was found belongs to the
//! step and the number that it was asked of, and is gone with them.

use crate::explain::check::{Check, Subject, check_step};
use crate::explain::network_trace::NetworkTrace;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::status::Status;
use leptos::prelude::*;
use std::sync::Arc;

/// How far an element is moved.
pub const STEP: f64 = 1e-5;

/// The button, and the result below it.
#[component]
pub fn CheckGradient(
    trace: Memo<Option<Arc<NetworkTrace>>>,
    /// Which gradient; none where there is none to check.
    #[prop(into)]
    place: Signal<Option<Subject>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let status = expect_context::<Status>();
    let found = RwSignal::new(None::<(Arc<NetworkTrace>, Subject, Check)>);
    let run = move |_| {
        let (Some(trace), Some(place)) = (trace.get_untracked(), place.get_untracked()) else { return };
        match check_step(&trace, &place, STEP) {
            Ok(check) => found.set(Some((trace, place, check))),
            Err(error) => status.fail(error),
        }
    };
    let result = move || {
        let (of, at, check) = found.get()?;
        let same = trace.with(|trace| trace.as_ref().is_some_and(|trace| Arc::ptr_eq(trace, &of)));
        (same && place.get() == Some(at)).then(|| check_result(i18n, &check))
    };
    let masked = Memo::new(move |_| trace.with(|trace| trace.as_ref().is_some_and(|trace| trace.has_masks())));
    let there = Memo::new(move |_| place.with(Option::is_some));
    move || {
        there.get().then(|| match masked.get() {
            true => view! { <p class="muted small">{t!(i18n, inspect.check_dropout)}</p> }.into_any(),
            false => view! {
                <div class="checking">
                    <button type="button" data-testid="check-gradient" on:click=run>{t!(i18n, inspect.check)}</button>
                    {result}
                </div>
            }
            .into_any(),
        })
    }
}

/// Both numbers, and what they say.
pub fn check_result(i18n: I18n, found: &Check) -> impl IntoView + use<> {
    let verdict = if found.too_small() {
        t_string!(i18n, inspect.check_small)
    } else if found.agrees() {
        t_string!(i18n, inspect.check_agrees)
    } else if found.kink {
        t_string!(i18n, inspect.check_kink)
    } else {
        t_string!(i18n, inspect.check_differs)
    };
    let row = |title: String, number: String| view! { <tr><th scope="row">{title}</th><td>{number}</td></tr> };
    view! {
        <div class="check" data-testid="check" data-autograd=found.autograd.to_string() data-difference=found.difference.to_string()>
            <table class="numbers">
                <tbody>
                    {row(t_string!(i18n, inspect.check_autograd).to_string(), format!("{:.12e}", found.autograd))}
                    {row(t_string!(i18n, inspect.check_difference).to_string(), format!("{:.12e}", found.difference))}
                    {row("L(w + h)".to_string(), format!("{:.12}", found.high))}
                    {row("L(w − h)".to_string(), format!("{:.12}", found.low))}
                </tbody>
            </table>
            <p role="status">{verdict}</p>
        </div>
    }
}
