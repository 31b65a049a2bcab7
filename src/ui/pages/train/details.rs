//! The details: how the network in training reads the drawing, how large each layer's gradient is and how much of it is
//! dead, and the ways out: weights, a PyTorch script.

use super::files;
use super::state::{Phase, file_name, use_train};
use crate::trainer::protocol::{Bytes, Command, Floats, WeightPicture};
use crate::ui::components::{Bar, Bars, Scale, Thumbnail, Values, show_number};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::state::use_pad;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The right column.
#[component]
pub fn Details() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="details" aria-label=t!(i18n, train.details)>
            <YourDigit />
            <Layers />
            <Mask />
            <Files />
        </section>
    }
}

#[component]
fn YourDigit() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let pad = use_pad();
    let best = Memo::new(move |_| {
        train.digit.with(|digit| {
            let digit = digit.as_ref()?;
            (0..digit.len()).max_by(|&a, &b| digit[a].total_cmp(&digit[b]))
        })
    });
    let reads = move || best.get().map(|digit| digit.to_string()).unwrap_or_default();
    let bars = (0..10)
        .map(|digit| Bar {
            label: TextProp::from(digit.to_string()),
            test_id: format!("trained-probability-{digit}"),
            value: Signal::derive(move || train.digit.with(|all| all.as_ref().and_then(|all| all.get(digit).copied()))),
            mark: Signal::derive(|| None),
            strong: Signal::derive(move || best.get() == Some(digit)),
        })
        .collect();
    view! {
        <div class="panel your-digit">
            <h2 class="block-title">
                {move || if pad.with(Vec::is_empty) { t!(i18n, train.example_digit)() } else { t!(i18n, train.your_digit)() }}
                " " <b data-testid="your-digit" data-value=reads>{reads}</b>
            </h2>
            <Bars label=t!(i18n, train.your_digit_probabilities) bars />
            <p class="small muted"><a href="#/draw">{t!(i18n, train.draw_another)}</a></p>
        </div>
    }
}

#[component]
fn Layers() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let rows = move || {
        train.layers.get().into_iter().map(|layer| {
            let dead = layer.dead.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_else(|| "–".to_owned());
            let alarm = layer.dead.is_some_and(|share| share > 0.3);
            let size = layer.gradient_norm;
            // Flagged in words too: a colour alone would not do.
            let flag = move || {
                if size.is_nan() || size > 1e3 {
                    Some(t!(i18n, train.exploding)())
                } else if size < 1e-6 {
                    Some(t!(i18n, train.vanishing)())
                } else {
                    None
                }
            };
            view! {
                <tr data-testid=format!("layer-figures-{}", layer.layer)>
                    <th scope="row">{layer.layer} " " {layer.name}</th>
                    <td data-value=size.to_string()>{show_number((size * 1e5).round() / 1e5)} {move || flag().map(|text| view! { <br /><span class="field-error">{text}</span> })}</td>
                    <td class:field-error=alarm>{dead}</td>
                </tr>
            }
        }).collect_view()
    };
    view! {
        <div class="panel layer-gradients">
            <h2 class="block-title">{t!(i18n, train.layers)}</h2>
            {move || if train.layers.with(Vec::is_empty) {
                view! { <p class="small muted">{t!(i18n, train.layers_later)}</p> }.into_any()
            } else {
                view! {
                    <table class="numbers layer-figures">
                        <thead><tr>
                            <th scope="col">{t!(i18n, train.layer)}</th>
                            <th scope="col" title=t!(i18n, train.gradient_hint)>{t!(i18n, train.gradient)}</th>
                            <th scope="col" title=t!(i18n, train.dead_hint)>{t!(i18n, train.dead)}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    <p class="small muted">{t!(i18n, train.dead_hint)}</p>
                }.into_any()
            }}
        </div>
    }
}

/// Which units dropout has turned off for the images of the last batch; nothing without dropout.
#[component]
fn Mask() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let picture = Signal::derive(move || {
        train.mask.with(|mask| {
            let WeightPicture { shape, values: Floats(values) } = mask.as_ref()?;
            let &[height, width] = &shape[..] else { return None };
            Some(Values { width, height, numbers: values.as_slice().into() })
        })
    });
    let there = Memo::new(move |_| train.mask.with(Option::is_some));
    let words = move || {
        picture.with(|picture| {
            let Values { width, height, numbers } = picture.as_ref()?;
            let off = numbers.iter().filter(|keep| **keep == 0.0).count() as f64 / numbers.len().max(1) as f64;
            let percent = format!("{:.0}", off * 100.0);
            Some(t_string!(i18n, train.mask_words, images = height, units = width, percent = percent))
        })
    };
    move || {
        there.get().then(|| {
            view! {
                <div class="panel dropout-mask" data-testid="dropout-mask">
                    <h2 class="block-title">{t!(i18n, train.mask)}</h2>
                    <Thumbnail label=t!(i18n, train.mask) values=picture scale=Signal::derive(|| Scale::Ink) />
                    <p class="small muted">{words}</p>
                </div>
            }
        })
    }
}

#[component]
fn Files() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let chosen = move |event: leptos::ev::Targeted<web_sys::Event, web_sys::HtmlInputElement>| {
        files::read_chosen(&event.target(), move |bytes| train.send(Command::ImportWeights(Bytes(bytes))));
    };
    let script = move |_| {
        let configured = train.configured.get_untracked();
        if let Some(configured) = &configured
            && let Ok(script) = crate::export::pytorch::script(&configured.settings)
        {
            files::save(&file_name(Some(configured), "py"), script.as_bytes(), "text/x-python");
        }
    };
    let not_yet = move || train.configured.with(Option::is_none);
    view! {
        <div class="panel files">
            <h2 class="block-title">{t!(i18n, train.files)}</h2>
            <div class="button-row">
                <button type="button" data-testid="export-weights" disabled=not_yet on:click=move |_| train.save_weights()>{t!(i18n, train.export_weights)}</button>
                <label class="file-button">
                    <input type="file" class="visually-hidden" data-testid="import-weights" accept=".safetensors" disabled=move || train.phase.get() == Phase::Loading on:change:target=chosen />
                    <span>{t!(i18n, train.import_weights)}</span>
                </label>
                <button type="button" data-testid="export-pytorch" disabled=not_yet on:click=script>{t!(i18n, train.export_pytorch)}</button>
            </div>
            <p class="small muted">{t!(i18n, train.files_hint)}</p>
        </div>
    }
}
