//! Softmax: logits to drag, probabilities, the Jacobian with a number in every cell, its row sums, and its collapse to p - y.

use super::Handle;
use super::controls;
use crate::lessons::compute::networks::softmax;
use crate::lessons::compute::short;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// The widget `softmax-jacobian`.
#[component]
pub fn Softmax(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let state = Memo::new(move |_| {
        let (jacobian, target) = softmax(&handle.values()).ok()?;
        let collapse = jacobian.collapse(target).ok()?;
        Some((jacobian, collapse, target))
    });
    let bars = move || {
        state.get().map(|(jacobian, _, target)| {
            jacobian
                .probabilities
                .iter()
                .enumerate()
                .map(|(i, p)| {
                    view! {
                        <li class="bar" data-strong=(i == target).to_string()>
                            <span class="bar-label">{format!("p{i}")}</span>
                            <span class="bar-track" aria-hidden="true">
                                <span class="bar-fill" style:transform=format!("scaleX({p:.4})")></span>
                            </span>
                            <span class="bar-number number" data-testid=format!("softmax-{i}") data-value=p.to_string()>{format!("{p:.4}")}</span>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    let table = move || {
        let (jacobian, collapse, target) = state.get()?;
        let count = jacobian.probabilities.len();
        let head = (0..count).map(|j| view! { <th scope="col">{format!("a{j}")}</th> }).collect_view();
        let body = (0..count)
            .map(|i| {
                let cells = (0..count)
                    .map(|j| {
                        let value = jacobian.entries[i][j];
                        let strength = format!("{:.0}%", (value.abs() * 4.0 * 85.0).min(85.0));
                        view! {
                            <td
                                class="signed"
                                data-sign=if value < 0.0 { "minus" } else { "plus" }
                                style=format!("--strength:{strength}")
                                data-testid=format!("jacobian-{i}-{j}")
                                data-value=value.to_string()
                            >
                                {format!("{value:+.4}")}
                            </td>
                        }
                    })
                    .collect_view();
                view! {
                    <tr data-chosen=(i == target).to_string()>
                        <th scope="row">{format!("p{i}")}</th>
                        {cells}
                        <td class="muted">{short(if jacobian.row_sums[i].abs() < 1e-12 { 0.0 } else { jacobian.row_sums[i] })}</td>
                        <td class="muted">{short(collapse.gradient[i])}</td>
                    </tr>
                }
            })
            .collect_view();
        let row = |name: &'static str, numbers: &[f64]| {
            let cells = numbers.iter().map(|number| view! { <td>{format!("{number:+.4}")}</td> }).collect_view();
            view! { <tr class="foot"><th scope="row">{name}</th>{cells}<td></td><td></td></tr> }
        };
        Some(view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=t!(i18n, learn.jacobian)>
                <table class="jacobian number">
                    <caption>{t!(i18n, learn.jacobian)}</caption>
                    <thead><tr><td></td>{head}<th scope="col">"Σ"</th><th scope="col">"g"</th></tr></thead>
                    <tbody>{body}</tbody>
                    <tfoot>
                        {row("Jᵀg", &collapse.sums)}
                        {row("p − y", &collapse.difference)}
                        {row("autograd", &collapse.autograd)}
                    </tfoot>
                </table>
            </div>
        })
    };
    view! {
        <div class="widget-stage">
            <div class="widget-controls">{controls::list(handle, "logits", (-4.0, 8.0, 0.1), |at| format!("a{at}"))}</div>
            <ul class="bars">{bars}</ul>
            {table}
        </div>
        {controls::some(handle, &["temperature"])}
        <TargetChoice handle />
    }
}

/// Which class is right: one of the logits there are.
#[component]
fn TargetChoice(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let count = Memo::new(move |_| handle.list("logits").len());
    let buttons = move || {
        (0..count.get())
            .map(|at| {
                view! {
                    <button
                        type="button"
                        class="small"
                        aria-pressed=move || (handle.whole("target") == at).to_string()
                        on:click=move |_| handle.set("target", at.to_string())
                    >
                        {at}
                    </button>
                }
            })
            .collect_view()
    };
    view! { <div class="widget-buttons" role="group" aria-label=t!(i18n, learn.s_target)><span class="field-label">{t!(i18n, learn.s_target)}</span> {buttons}</div> }
}
