//! The stage: how the run goes. Its numbers, the chart, the first layer's weights, the images that are misread.

use super::pictures::{FirstLayer, Misread};
use super::runs::Runs;
use super::state::{TrainState, use_train};
use crate::trainer::crew::Pace;
use crate::ui::charts::{LineChart, Role, Series};
use crate::ui::components::show_number;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;

/// The middle column.
#[component]
pub fn Stage() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let logarithmic = RwSignal::new(false);
    let series = Signal::derive(move || {
        let mut all: Vec<Series> = train.runs.with(|runs| {
            let shown = runs.iter().filter(|run| run.shown);
            shown
                .map(|run| {
                    let (name, number) = (run.name.clone(), run.number);
                    let label: TextProp =
                        if name.is_empty() { t!(i18n, train.run_number, number = number).into() } else { name.into() };
                    Series { label, role: Role::Ghost, points: run.smoothed.clone() }
                })
                .collect()
        });
        all.push(Series { label: t!(i18n, train.loss_raw).into(), role: Role::Raw, points: train.raw.get() });
        all.push(Series { label: t!(i18n, train.loss_smooth).into(), role: Role::Main, points: train.smoothed.get() });
        let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
        let held_out = train.evaluations.with(|evaluations| {
            for evaluation in evaluations {
                let (loss, accuracy) = evaluation.validation.unwrap_or((evaluation.loss, evaluation.accuracy));
                losses.push((evaluation.step as f64, loss));
                accuracies.push((evaluation.step as f64, accuracy));
            }
            evaluations.iter().any(|evaluation| evaluation.validation.is_some())
        });
        if !losses.is_empty() {
            let (loss, accuracy): (TextProp, TextProp) = match held_out {
                true => (t!(i18n, train.validation_loss).into(), t!(i18n, train.validation_accuracy).into()),
                false => (t!(i18n, train.test_loss).into(), t!(i18n, train.test_accuracy).into()),
            };
            if let Some((best, deadline)) = patience(train, &losses) {
                let label = t!(i18n, train.patience_line, step = deadline);
                let points = Arc::new(vec![best, (deadline as f64, best.1)]);
                all.push(Series { label: label.into(), role: Role::Span, points });
            }
            all.push(Series { label: loss, role: Role::Other, points: Arc::new(losses) });
            all.push(Series { label: accuracy, role: Role::Second, points: Arc::new(accuracies) });
        }
        all
    });
    view! {
        <section class="stage" aria-label=t!(i18n, train.run)>
            <Progress />
            <Numbers />
            <LineChart
                label=t!(i18n, train.chart)
                series
                x_label=t!(i18n, train.step)
                y_label=t!(i18n, train.loss)
                second_label=t!(i18n, train.accuracy)
                empty=t!(i18n, train.chart_empty)
                logarithmic
                on_logarithmic=move |on: bool| logarithmic.set(on)
                test_id="loss-chart"
            />
        </section>
    }
}

/// Where early stopping stands: the smallest loss of an epoch, and the step at which the patience with it runs out. Epochs as the
/// trainer counts them: what was evaluated on the way is none.
fn patience(train: TrainState, losses: &[(f64, f64)]) -> Option<((f64, f64), u64)> {
    let (patience, per_epoch) = train.configured.with(|configured| {
        let configured = configured.as_ref()?;
        Some((configured.settings.patience?, configured.steps_per_epoch.max(1)))
    })?;
    let ends_epoch = |(step, _): &&(f64, f64)| *step > 0.0 && (*step as u64).is_multiple_of(per_epoch);
    let best = *losses.iter().filter(ends_epoch).min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some((best, best.0 as u64 + patience as u64 * per_epoch))
}

/// Below it: earlier runs, and what the network looks for and misreads.
#[component]
pub fn Pictures() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="pictures-stage" aria-label=t!(i18n, train.pictures)>
            <Runs />
            <FirstLayer />
            <Misread />
        </section>
    }
}

/// How much of the data set is here; only while it comes.
#[component]
fn Progress() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    move || {
        train.data_progress.get().map(|(loaded, total)| {
            let mega = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
            let text = t_string!(i18n, train.loading, loaded = mega(loaded), total = mega(total));
            view! {
                <div class="loading" data-testid="data-progress">
                    <progress max=total.to_string() value=loaded.to_string() aria-label=t!(i18n, train.loading_label)></progress>
                    <span class="small muted number">{text}</span>
                </div>
            }
        })
    }
}

/// A loss in the width of its column.
fn short_loss(loss: f64) -> String {
    if (0.001..1000.0).contains(&loss) { format!("{loss:.4}") } else { show_number(loss) }
}

#[component]
fn Numbers() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let figures = train.figures;
    let loss = move || train.raw.with(|points| points.last().map(|point| point.1));
    let accuracy = move || train.evaluations.with(|all| all.last().map(|evaluation| evaluation.accuracy));
    let pace = move || Some(figures.get().steps_per_second).filter(|pace| *pace > 0.0);
    let left = move || {
        let seconds = figures.get().seconds_left?.ceil() as u64;
        Some(format!("{}:{:02}", seconds / 60, seconds % 60))
    };
    let epochs = move || {
        let per_epoch = train.configured.with(|configured| configured.as_ref().map(|configured| configured.steps_per_epoch));
        per_epoch.map(|per_epoch| figures.get().step as f64 / per_epoch.max(1) as f64)
    };
    // Which number of workers was the fastest, and by what: it was tried in the first steps of a run.
    let crew = move || {
        let (workers, tried) = train.crew.get()?;
        let on_cpu = train.configured.with(|configured| configured.as_ref().is_some_and(|run| run.device == "cpu"));
        let rate = |pace: &Pace| format!("{}: {:.0}", pace.workers, pace.steps_per_second);
        let rates = tried.iter().map(rate).collect::<Vec<_>>().join(", ");
        on_cpu.then(|| {
            view! {
                <p class="muted" data-testid="crew" data-value=workers.to_string()>
                    {t!(i18n, train.crew, workers = workers, rates = rates)}
                </p>
            }
        })
    };
    view! {
        <dl class="figures">
            <Figure label=t!(i18n, train.step) test_id="step-count"
                full=Signal::derive(move || figures.get().step.to_string())
                shown=Signal::derive(move || figures.get().step.to_string()) />
            <Figure label=t!(i18n, train.epoch) test_id="epoch"
                full=Signal::derive(move || figures.get().epoch.to_string())
                shown=Signal::derive(move || epochs().map(|epochs| format!("{epochs:.2}")).unwrap_or_default()) />
            <Figure label=t!(i18n, train.train_loss) test_id="train-loss"
                full=Signal::derive(move || loss().map(|loss| (loss as f32).to_string()).unwrap_or_default())
                shown=Signal::derive(move || loss().map(short_loss).unwrap_or_default()) />
            <Figure label=t!(i18n, train.test_accuracy) test_id="test-accuracy"
                full=Signal::derive(move || accuracy().map(|accuracy| accuracy.to_string()).unwrap_or_default())
                shown=Signal::derive(move || accuracy().map(|accuracy| format!("{:.2} %", accuracy * 100.0)).unwrap_or_default()) />
            <Figure label=t!(i18n, train.steps_per_second) test_id="steps-per-second"
                full=Signal::derive(move || pace().map(|pace| pace.to_string()).unwrap_or_default())
                shown=Signal::derive(move || pace().map(|pace| format!("{pace:.0}")).unwrap_or_default()) />
            <Figure label=t!(i18n, train.time_left) test_id="time-left"
                full=Signal::derive(move || figures.get().seconds_left.map(|seconds| seconds.to_string()).unwrap_or_default())
                shown=Signal::derive(move || left().unwrap_or_default()) />
        </dl>
        {crew}
    }
}

#[component]
fn Figure(
    #[prop(into)] label: TextProp,
    test_id: &'static str,
    full: Signal<String>,
    shown: Signal<String>,
) -> impl IntoView {
    let text = move || {
        let text = shown.get();
        if text.is_empty() { "–".to_owned() } else { text }
    };
    view! {
        <div>
            <dt>{move || label.get()}</dt>
            <dd class="number" data-testid=test_id data-value=move || full.get()>{text}</dd>
        </div>
    }
}
