//! Saliency, and the gradient-sign attack with a slider: on this network and this image.

use super::subject::Subject;
use crate::data::mnist::{DEVIATION, MEAN};
use crate::explain::saliency::{attack, saliency};
use crate::ui::components::{Bar, Bars, Heatmap, Scale, Slider, Values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::use_setting_where;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Which pixels matter, and what a small change of each can do.
#[component]
pub fn Attack(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let strength = use_setting_where("strength", 0.1, |strength: &f64| (0.0..=0.5).contains(strength));
    let gradient =
        Memo::new(move |_| subject.trace.with(|trace| trace.as_ref().map(|trace| saliency(trace))).unwrap_or_default());
    let changed = Memo::new(move |_| {
        let network = subject.network_now()?;
        let picture = subject.picture.get()?;
        gradient.with(|gradient| attack(&network, &picture, gradient, strength.get()).ok())
    });
    let slopes = Signal::derive(move || Values { width: 28, height: 28, numbers: gradient.get().into() });
    let after = Signal::derive(move || Values {
        width: 28,
        height: 28,
        numbers: changed
            .with(|changed| {
                let image = &changed.as_ref()?.image;
                Some(image.iter().map(|value| value * DEVIATION + MEAN).collect::<Vec<f32>>())
            })
            .unwrap_or_default()
            .into(),
    });
    let sentence = move || {
        let before = subject.trace.with(|trace| trace.as_ref().map(|trace| trace.read(0)));
        let after = changed.with(|changed| changed.as_ref().map(|changed| changed.read));
        let percent = format!("{:.0}", strength.get() * 100.0);
        match (before, after) {
            (Some(before), Some(after)) if before == after => {
                t_string!(i18n, inspect.attack_holds, digit = after, percent = percent)
            }
            (Some(before), Some(after)) => {
                t_string!(i18n, inspect.attack_works, before = before, after = after, percent = percent)
            }
            _ => String::new(),
        }
    };
    let bars = (0..10)
        .map(|k| Bar {
            label: TextProp::from(k.to_string()),
            test_id: format!("attack-{k}"),
            value: Signal::derive(move || changed.with(|changed| changed.as_ref()?.probabilities.get(k).copied())),
            mark: Signal::derive(move || subject.trace.with(|trace| trace.as_ref()?.probabilities.data.get(k).copied())),
            strong: Signal::derive(move || {
                changed.with(|changed| changed.as_ref().is_some_and(|changed| changed.read == k))
            }),
        })
        .collect::<Vec<_>>();
    view! {
        <section class="attack" aria-label=t!(i18n, inspect.saliency)>
            <div>
                <h3>{t!(i18n, inspect.saliency_title)}</h3>
                <Heatmap label=t!(i18n, inspect.saliency_title) values=slopes scale=Signal::derive(|| Scale::Signed) test_id="saliency" table=true />
                <p class="muted small">{t!(i18n, inspect.saliency_hint)}</p>
            </div>
            <div>
                <h3>{t!(i18n, inspect.attack_title)}</h3>
                <Heatmap label=t!(i18n, inspect.attack_title) values=after scale=Signal::derive(|| Scale::Ink) test_id="attacked" table=true />
                <Slider label=t!(i18n, inspect.strength) value=strength.signal() min=0.0 max=0.5 step=0.01
                    on_change=Callback::new(move |value| strength.set(value)) test_id="strength" />
                <p role="status" data-testid="attack-result">{sentence}</p>
            </div>
            <div>
                <h3>{t!(i18n, inspect.attack_bars)}</h3>
                <Bars label=t!(i18n, inspect.attack_bars) bars=bars />
                <p class="muted small">{t!(i18n, inspect.attack_marks)}</p>
            </div>
        </section>
    }
}
