//! The softmax Jacobian with a number in every cell, its row sums, a row as autograd gives it, and the product with the
//! loss's gradient as it collapses to p - y. Used here and in the lessons.

use crate::explain::digits::plain_number;
use crate::explain::formula::mathml;
use crate::explain::jacobian::SoftmaxJacobian;
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::theme::{Rgb, css, use_palette};
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A table whose largest number is smaller than this is pale: where nothing moves, nothing should shout.
const FAINTEST: f64 = 1e-3;

/// How long each is shown while it plays.
const PAUSE: Duration = Duration::from_millis(1800);

/// Every entry of the Jacobian.
const RULE: &str =
    r"\frac{\partial p_i}{\partial a_j} = p_i\,([i = j] - p_j), \qquad J = \operatorname{diag}(p) - p\,p^{\mathsf T}";

/// How far the collapse has been shown.
const STAGES: usize = 4;

/// The Jacobian of these scores.
#[component]
pub fn JacobianView(
    #[prop(into)] logits: Signal<Vec<f64>>,
    /// The class that the loss asks for.
    #[prop(into)]
    target: Signal<usize>,
) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let jacobian = Memo::new(move |_| SoftmaxJacobian::new(&logits.get()).ok().map(Arc::new));
    let collapse =
        Memo::new(move |_| jacobian.get().and_then(|jacobian| jacobian.collapse(target.get()).ok()).map(Arc::new));
    let stage = RwSignal::new(0usize);
    let row = RwSignal::new(None::<usize>);
    let chosen_row = move || row.get().unwrap_or_else(|| target.get());
    let size = Memo::new(move |_| logits.with(Vec::len));
    // What a cell shows: the Jacobian, or its rows times the loss's gradient.
    let number = move |i: usize, j: usize| match stage.get() {
        0 | 1 => jacobian.with(|jacobian| jacobian.as_ref().and_then(|jacobian| jacobian.entries.get(i)?.get(j).copied())),
        _ => collapse.with(|collapse| collapse.as_ref().and_then(|collapse| collapse.products.get(i)?.get(j).copied())),
    };
    let largest = Memo::new(move |_| {
        let n = size.get();
        (0..n * n).filter_map(|k| number(k / n, k % n)).fold(FAINTEST, |largest: f64, value| largest.max(value.abs()))
    });
    let cell = move |i: usize, j: usize| {
        let value =
            Memo::new(move |_| if i < size.get() && j < size.get() { number(i, j).unwrap_or(f64::NAN) } else { f64::NAN });
        let entry = Memo::new(move |_| {
            jacobian.with(|jacobian| {
                jacobian.as_ref().and_then(|jacobian| jacobian.entries.get(i)?.get(j).copied()).unwrap_or(f64::NAN)
            })
        });
        // The root spreads small numbers over the colours; the number itself stands in the cell.
        let ground = move || {
            let share = (value.get().abs() / largest.get()).sqrt() * 0.85;
            palette.get().signed((share * value.get().signum()) as f32)
        };
        // What the multiplication has taken away steps back.
        let ink = move || if stage.get() >= 2 && value.get() == 0.0 { "var(--muted)" } else { ink_on(ground()) };
        view! {
            <td
                data-testid=format!("jacobian-{i}-{j}")
                data-value=move || entry.get().to_string()
                style:background-color=move || css(ground())
                style:color=ink
            >
                {move || short(value.get())}
            </td>
        }
    };
    let head = move || (0..size.get()).map(|j| view! { <th scope="col">"a"<sub>{j}</sub></th> }).collect_view();
    let body = move || {
        (0..size.get())
            .map(|i| {
                let g = move || {
                    collapse
                        .with(|collapse| collapse.as_ref().and_then(|collapse| collapse.gradient.get(i).map(|g| short(*g))))
                };
                let sum = move || {
                    jacobian.with(|jacobian| {
                        // What is left of the sum is rounding: 1e-17 and the like is zero.
                        let sum = *jacobian.as_ref()?.row_sums.get(i)?;
                        Some(if sum.abs() < 1e-12 { "0".to_string() } else { short(sum) })
                    })
                };
                view! {
                    <tr data-chosen=move || (chosen_row() == i).to_string()>
                        <th scope="row">
                            <button type="button" class="quiet small" title=t!(i18n, inspect.show_row, row = i)
                                on:click=move |_| row.set(Some(i))>"p"<sub>{i}</sub></button>
                        </th>
                        {(0..size.get()).map(|j| cell(i, j)).collect_view()}
                        <td class="jacobian-side">{sum}</td>
                        {move || (stage.get() > 0).then(|| view! { <td class="jacobian-side">{g}</td> })}
                    </tr>
                }
            })
            .collect_view()
    };
    let foot_row = move |title: String, numbers: Vec<f64>| {
        view! {
            <tr class="jacobian-foot">
                <th scope="row">{title}</th>
                {numbers.into_iter().map(|number| view! { <td>{short(number)}</td> }).collect_view()}
            </tr>
        }
    };
    let foot = move || {
        let collapse = collapse.get()?;
        let sums = (stage.get() >= 3).then(|| foot_row("Jᵀg".to_string(), collapse.sums.clone()));
        let difference = (stage.get() >= STAGES).then(|| foot_row("p − y".to_string(), collapse.difference.clone()));
        let autograd = (stage.get() >= STAGES).then(|| foot_row("autograd".to_string(), collapse.autograd.clone()));
        Some(view! { {sums}{difference}{autograd} })
    };
    let playing = RwSignal::new(false);
    let timer = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(Some(timer)) = timer.try_update_value(Option::take) {
            timer.clear();
        }
    };
    Effect::new(move |_| {
        stop();
        if playing.get() {
            let tick = move || match stage.get_untracked() {
                STAGES => playing.set(false),
                before => stage.set(before + 1),
            };
            timer.set_value(set_interval_with_handle(tick, PAUSE).ok());
        }
    });
    on_cleanup(stop);
    let play = move |_| {
        if !playing.get_untracked() && stage.get_untracked() == STAGES {
            stage.set(0);
        }
        playing.update(|playing| *playing = !*playing);
    };
    let explanation = move || match stage.get() {
        0 => t_string!(i18n, inspect.collapse_0).to_string(),
        1 => t_string!(i18n, inspect.collapse_1, target = target.get()),
        2 => t_string!(i18n, inspect.collapse_2, target = target.get()),
        3 => t_string!(i18n, inspect.collapse_3).to_string(),
        _ => t_string!(i18n, inspect.collapse_4).to_string(),
    };
    let autograd_row = move || {
        let i = chosen_row();
        let numbers = jacobian.get().and_then(|jacobian| jacobian.autograd_row(i).ok()).unwrap_or_default();
        let text = numbers.iter().map(|number| plain_number(*number)).collect::<Vec<_>>().join(", ");
        format!("torch.autograd.grad(p[{i}], [a], retain_graph=True)\n# ({text})")
    };
    view! {
        <section class="jacobian" aria-label=t!(i18n, inspect.jacobian)>
            <div class="button-row">
                <button type="button" class="primary" data-testid="collapse" on:click=move |_| { playing.set(false); stage.update(|stage| *stage = (*stage + 1) % (STAGES + 1)) }>
                    {move || if stage.get() < STAGES { t_string!(i18n, inspect.collapse_next) } else { t_string!(i18n, inspect.collapse_again) }}
                </button>
                <button type="button" disabled=move || stage.get() == 0 on:click=move |_| { playing.set(false); stage.update(|stage| *stage = stage.saturating_sub(1)) }>
                    {t!(i18n, inspect.collapse_back)}
                </button>
                <button type="button" data-testid="collapse-play" on:click=play>
                    {move || if playing.get() { t_string!(i18n, backprop.pause) } else { t_string!(i18n, backprop.play) }}
                </button>
            </div>
            <p role="status" aria-live="polite">{explanation}</p>
            <div class="jacobian-scroll" tabindex="0" role="group" aria-label=t!(i18n, inspect.jacobian)>
                <table class="numbers jacobian-table">
                    <thead>
                        <tr>
                            <td></td>
                            {head}
                            <th scope="col">{t!(i18n, inspect.row_sum)}</th>
                            {move || (stage.get() > 0).then(|| view! { <th scope="col">"g = ∂L/∂p"</th> })}
                        </tr>
                    </thead>
                    <tbody>{body}{foot}</tbody>
                </table>
            </div>
            <div class="jacobian-rule" inner_html=move || mathml(RULE, t_string!(i18n, inspect.jacobian_formula), true)></div>
            <p class="muted small">{t!(i18n, inspect.jacobian_rule)}</p>
            <pre class="rule-code"><code data-testid="autograd-row">{autograd_row}</code></pre>
        </section>
    }
}

/// Black or white, whichever is read better: one of the two has a contrast of at least 4.5 on any colour.
fn ink_on(ground: Rgb) -> &'static str {
    let linear = |channel: u8| {
        let share = f32::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = ground.map(linear);
    // Where both have the same contrast.
    if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 { "#000" } else { "#fff" }
}

/// Three significant digits, for narrow cells.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_string();
    }
    let size = number.abs();
    let text = if size < 5e-4 {
        format!("{number:.0e}")
    } else if size < 10.0 {
        format!("{number:.3}")
    } else {
        format!("{number:.1}")
    };
    text.replace('-', "−")
}
