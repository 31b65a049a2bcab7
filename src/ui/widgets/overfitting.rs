//! The overfitting lab: a live decision map over points, the curves of the run, patience and the best epoch, the mask of
//! the present batch, the schedule of the rate, earlier runs to compare with, and k-fold.

use super::Handle;
use super::controls;
use super::running::Running;
use crate::data::points::Points;
use crate::lessons::compute::lab::{Folds, Lab, Record};
use crate::lessons::compute::short;
use crate::ui::components::Slider;
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};

/// Cells of the map along a side.
const MAP: usize = 64;
/// The map shows places from minus this to this.
const REACH: f64 = 1.6;
/// Settings that can change while a run goes on; any other begins a new one.
const LIVE: [&str; 8] = ["rate", "batch", "momentum", "schedule", "l1", "l2", "dropout", "patience"];

/// The widget `overfitting`.
#[component]
pub fn Overfitting(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let running = Running::new();
    let own = RwSignal::new(Points::default());
    let own_class = RwSignal::new(0_u8);
    let lab = StoredValue::new_local(None::<Lab>);
    let folds = StoredValue::new_local(None::<Folds>);
    let fold_words = RwSignal::new(None::<String>);
    let fold_rows = RwSignal::new(Vec::<(f64, f64)>::new());
    let earlier = RwSignal::new(Vec::<Vec<Record>>::new());
    let records = RwSignal::new(Vec::<Record>::new());
    let mask = RwSignal::new(Vec::<bool>::new());
    let marks = RwSignal::new((0_usize, 0_usize, false));
    // The epoch that is looked at; none follows the run.
    let looked_at = RwSignal::new(None::<usize>);
    let problem = RwSignal::new(None::<String>);

    let report = move || {
        lab.with_value(|lab| {
            let Some(lab) = lab else { return };
            records.set(lab.records.clone());
            mask.set(lab.mask.clone());
            marks.set((lab.best(), lab.deadline(), lab.stopped));
            let last = lab.records[lab.epoch()];
            handle.show_live("train", short(last.train));
            handle.show_live("validation", short(last.validation));
            handle.show_live("test", short(last.test));
            handle.show_live("best", lab.best().to_string());
            handle.show_live("epoch", lab.epoch().to_string());
        });
    };
    let begin = move || {
        running.stop();
        looked_at.set(None);
        let made = own.with_untracked(|own| Lab::new(&handle.values_untracked(), own));
        problem.set(made.as_ref().err().map(ToString::to_string));
        lab.set_value(made.ok());
        report();
    };
    // Which run this is: the settings that cannot change on the way.
    let identity = Memo::new(move |_| {
        let mut values = handle.values();
        values.0.retain(|key, _| !LIVE.contains(&key.as_str()) && key != "folds");
        values
    });
    Effect::new(move |before: Option<()>| {
        identity.track();
        own.track();
        if before.is_some() {
            let old = records.get_untracked();
            if old.len() > 3 {
                earlier.update(|earlier| {
                    earlier.push(old);
                    if earlier.len() > 3 {
                        earlier.remove(0);
                    }
                });
            }
        }
        begin();
    });
    let run = move || {
        looked_at.set(None);
        let go_on = lab.with_value(|lab| lab.as_ref().is_some_and(|lab| lab.stopped));
        if go_on {
            lab.update_value(|lab| {
                if let Some(lab) = lab {
                    lab.go_on();
                }
            });
        }
        let epoch = move || {
            lab.try_update_value(|lab| {
                let Some(lab) = lab else { return true };
                if !go_on {
                    lab.adjust(&handle.values_untracked());
                }
                lab.finished() || lab.train_epoch().is_err() || lab.finished()
            })
            .unwrap_or(true)
        };
        running.start_paced(2, epoch, report);
    };
    let compare_folds = move || {
        let made = own.with_untracked(|own| Folds::new(&handle.values_untracked(), own));
        problem.set(made.as_ref().err().map(ToString::to_string));
        folds.set_value(made.ok());
        fold_rows.set(Vec::new());
        let advance = move || {
            folds
                .try_update_value(|folds| folds.as_mut().is_none_or(|folds| folds.advance().unwrap_or(true)))
                .unwrap_or(true)
        };
        let show = move || {
            folds.with_value(|folds| {
                let Some(folds) = folds else { return };
                fold_rows.set(folds.results.clone());
                let ((loss, loss_spread), (accuracy, accuracy_spread)) = folds.summary();
                fold_words.set(Some(t_string!(
                    i18n,
                    learn.fold_words,
                    loss = short(loss),
                    loss_spread = short(loss_spread),
                    accuracy = format!("{:.1}", accuracy * 100.0),
                    accuracy_spread = format!("{:.1}", accuracy_spread * 100.0)
                )));
            });
        };
        running.start(advance, show);
    };
    // The text sets folds: then they run.
    let fold_count = Memo::new(move |_| handle.whole("folds"));
    Effect::new(move |before: Option<usize>| {
        let count = fold_count.get();
        if before.is_some_and(|before| before != count) && count >= 2 {
            compare_folds();
        }
        count
    });

    let shown_epoch = move || looked_at.get().unwrap_or_else(|| records.with(|records| records.len().saturating_sub(1)));
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), epoch, palette) = (canvas.get(), shown_epoch(), palette.get()) else { return };
        records.track();
        let Some(map) = lab.with_value(|lab| lab.as_ref().and_then(|lab| lab.map(epoch, MAP).ok())) else { return };
        let mut bytes = Vec::with_capacity(map.len() * 4);
        for probability in map {
            let [red, green, blue] = palette.signed((probability * 2.0 - 1.0) * 0.75);
            bytes.extend([red, green, blue, 255]);
        }
        canvas.set_width(MAP as u32);
        canvas.set_height(MAP as u32);
        let image = web_sys::ImageData::new_with_u8_clamped_array_and_sh(Clamped(&bytes), MAP as u32, MAP as u32);
        let context = canvas
            .get_context("2d")
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok());
        if let (Ok(image), Some(context)) = (image, context) {
            let _ = context.put_image_data(&image, 0.0, 0.0);
        }
    });
    let place = |[x, y]: [f32; 2]| ((f64::from(x) / REACH + 1.0) * 50.0, (1.0 - f64::from(y) / REACH) * 50.0);
    let drawn = move |points: &Points, held: bool| {
        let size = if held { 0.9 } else { 1.7 };
        points
            .places
            .iter()
            .zip(&points.classes)
            .take(600)
            .map(|(at, class)| {
                let (x, y) = place(*at);
                // A class is a shape as well as a colour.
                match class {
                    0 => view! { <circle class="dot minus" data-held=held.to_string() cx=x cy=y r=size></circle> }.into_any(),
                    _ => view! { <rect class="dot plus" data-held=held.to_string() x=x - size y=y - size width=2.0 * size height=2.0 * size></rect> }.into_any(),
                }
            })
            .collect_view()
    };
    let points = move || {
        identity.track();
        own.track();
        records.with(Vec::is_empty);
        lab.with_value(|lab| lab.as_ref().map(|lab| (drawn(&lab.held_out, true), drawn(&lab.points, false))))
    };
    let add_point = move |event: web_sys::PointerEvent| {
        if handle.values_untracked().text("set") != "own" {
            return;
        }
        let Some(target) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
            return;
        };
        let rectangle = target.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width() * 2.0 - 1.0;
        let y = 1.0 - (f64::from(event.client_y()) - rectangle.top()) / rectangle.height() * 2.0;
        own.update(|own| {
            own.places.push([(x * REACH) as f32, (y * REACH) as f32]);
            own.classes.push(own_class.get_untracked());
        });
    };
    let random_own = move |_| {
        // For keyboards: a point of the chosen class near the middle of its side.
        own.update(|own| {
            let mut generator = crate::random::Generator::new(own.places.len() as u64);
            let near = generator.randn_f32(2);
            let side = if own_class.get_untracked() == 0 { -0.6 } else { 0.6 };
            own.places.push([side + 0.4 * near[0], 0.4 * near[1]]);
            own.classes.push(own_class.get_untracked());
        });
    };

    let top = Memo::new(move |_| {
        let largest = |records: &Vec<Record>| {
            records.iter().map(|record| record.train.max(record.validation)).filter(|x| x.is_finite()).fold(0.0, f64::max)
        };
        records.with(largest).max(earlier.with(|earlier| earlier.iter().map(largest).fold(0.0, f64::max))).clamp(0.8, 4.0)
    });
    let last = Memo::new(move |_| {
        let longest = earlier.with(|earlier| earlier.iter().map(Vec::len).max().unwrap_or(0));
        records.with(Vec::len).max(longest).max(marks.get().1 + 2).max(20)
    });
    let x_of = move |epoch: usize| epoch as f64 / last.get() as f64 * 600.0;
    let y_of = move |loss: f64| 250.0 - loss.min(top.get() * 1.02) / top.get() * 240.0;
    let line = move |records: &[Record], pick: fn(&Record) -> f64| {
        let points = records.iter().enumerate().filter(|(_, record)| pick(record).is_finite());
        points.map(|(epoch, record)| format!("{:.1},{:.1} ", x_of(epoch), y_of(pick(record)))).collect::<String>()
    };
    let rate_line = move || {
        records.with(|records| {
            let largest = records.iter().map(|record| record.rate).fold(1e-12, f64::max);
            let points = records.iter().enumerate();
            points
                .map(|(epoch, record)| format!("{:.1},{:.1} ", x_of(epoch), 46.0 - record.rate / largest * 42.0))
                .collect::<String>()
        })
    };
    let words = move || {
        let at = shown_epoch();
        let record = records.with(|records| records.get(at).copied());
        let Some(record) = record else { return String::new() };
        t_string!(
            i18n,
            learn.lab_words,
            epoch = at,
            train = short(record.train),
            validation = short(record.validation),
            test = short(record.test),
            accuracy = format!("{:.0}", record.validation_accuracy * 100.0)
        )
    };
    let weights = move || {
        records.track();
        let (zero, size) = lab.with_value(|lab| lab.as_ref().and_then(|lab| lab.weight_sizes(shown_epoch()).ok()))?;
        Some(t_string!(i18n, learn.weight_words, size = short(size), zero = zero))
    };
    let stopped = move || marks.get().2.then(|| t_string!(i18n, learn.stopped_words, best = marks.get().0));
    view! {
        <div class="lab-grid">
            <div>
                <div class="lab-map" on:pointerdown=add_point>
                    <canvas node_ref=canvas role="img" aria-label=t!(i18n, learn.map_label)></canvas>
                    <svg viewBox="0 0 100 100" aria-hidden="true">{points}</svg>
                </div>
                <p class="small muted">{t!(i18n, learn.map_legend)}</p>
                {move || (handle.text("set") == "own").then(|| view! {
                    <div class="widget-buttons">
                        <span class="small">{t!(i18n, learn.own_hint)}</span>
                        <button type="button" class="small" aria-pressed=move || (own_class.get() == 0).to_string() on:click=move |_| own_class.set(0)>"●"</button>
                        <button type="button" class="small" aria-pressed=move || (own_class.get() == 1).to_string() on:click=move |_| own_class.set(1)>"■"</button>
                        <button type="button" class="small" on:click=random_own>{t!(i18n, learn.own_add)}</button>
                        <button type="button" class="small quiet" on:click=move |_| own.set(Points::default())>{t!(i18n, learn.own_clear)}</button>
                    </div>
                })}
            </div>
            <div>
                <svg class="plot still" viewBox="0 0 600 260" role="img" aria-label=words>
                    {move || [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| {
                        let loss = share * top.get();
                        view! { <line class="rule" x1="0" x2="600" y1=y_of(loss) y2=y_of(loss)></line> <text class="tick" x="3" y=y_of(loss) - 3.0>{short(loss)}</text> }
                    }).collect_view()}
                    {move || earlier.with(|earlier| earlier.iter().map(|run| view! { <polyline class="ghost" points=line(run, |record| record.validation)></polyline> }).collect_view())}
                    <polyline class="curve test" fill="none" points=move || records.with(|records| line(records, |record| record.test))></polyline>
                    <polyline class="curve" points=move || records.with(|records| line(records, |record| record.train))></polyline>
                    <polyline class="curve validation" points=move || records.with(|records| line(records, |record| record.validation))></polyline>
                    {move || {
                        let (best, deadline, _) = marks.get();
                        let loss = records.with(|records| records.get(best).map(|record| record.validation)).unwrap_or(0.0);
                        view! {
                            <circle class="best" cx=x_of(best) cy=y_of(loss) r="7"></circle>
                            <line class="mark" x1=x_of(best) x2=x_of(deadline) y1=y_of(loss) y2=y_of(loss)></line>
                            <line class="mark" x1=x_of(deadline) x2=x_of(deadline) y1="10" y2="250"></line>
                        }
                    }}
                    <line class="cursor" x1=move || x_of(shown_epoch()) x2=move || x_of(shown_epoch()) y1="0" y2="260"></line>
                </svg>
                <p class="widget-legend">
                    <span class="key curve">{t!(i18n, learn.key_train)}</span>
                    <span class="key validation">{t!(i18n, learn.key_validation)}</span>
                    <span class="key test">{t!(i18n, learn.key_test)}</span>
                </p>
                <svg class="plot rate" viewBox="0 0 600 50" role="img" aria-label=t!(i18n, learn.s_schedule)>
                    <polyline class="curve" points=rate_line></polyline>
                    <text class="tick" x="3" y="14">{t!(i18n, learn.s_rate)}</text>
                </svg>
            </div>
        </div>
        <p class="widget-numbers number" data-testid="lab-words">{words}</p>
        <p class="small muted number">{weights}</p>
        <p aria-live="polite">{stopped}</p>
        {move || problem.get().map(|problem| view! { <p class="field-error">{problem}</p> })}
        <div class="widget-buttons">
            <button type="button" data-testid="lab-start" on:click=move |_| if running.is_on() { running.stop() } else { run() }>
                {move || match (running.is_on(), marks.get().2) {
                    (true, _) => t!(i18n, learn.pause)(),
                    (false, true) => t!(i18n, learn.go_on)(),
                    (false, false) => t!(i18n, learn.start)(),
                }}
            </button>
            <button type="button" class="quiet" on:click=move |_| {
                let old = records.get_untracked();
                if old.len() > 3 { earlier.update(|earlier| earlier.push(old)); }
                begin();
            }>{t!(i18n, learn.reset)}</button>
            <button type="button" class="quiet" prop:disabled=move || earlier.with(Vec::is_empty) on:click=move |_| earlier.set(Vec::new())>{t!(i18n, learn.forget_runs)}</button>
            <button type="button" class="quiet" on:click=move |_| looked_at.set(Some(marks.get_untracked().0))>{t!(i18n, learn.look_best)}</button>
        </div>
        {move || {
            let count = records.with(Vec::len);
            (count > 1 && !running.is_on()).then(|| view! {
                <Slider
                    label=t!(i18n, learn.scrub)
                    value=Signal::derive(move || shown_epoch() as f64)
                    on_change=Callback::new(move |epoch: f64| looked_at.set(Some(epoch as usize)))
                    min=0.0
                    max=(count - 1) as f64
                    step=1.0
                />
            })
        }}
        {move || (!mask.with(Vec::is_empty)).then(|| view! {
            <p class="small muted">{t!(i18n, learn.mask_label)} " " {move || mask.with(|mask| format!("{}/{}", mask.iter().filter(|on| **on).count(), mask.len()))}</p>
            <div class="mask" aria-hidden="true">{move || mask.get().into_iter().map(|on| view! { <span data-on=on.to_string()></span> }).collect_view()}</div>
        })}
        {move || fold_words.get().map(|words| view! {
            <div class="folds" aria-live="polite">
                {move || fold_rows.get().into_iter().enumerate().map(|(fold, (loss, accuracy))| view! {
                    <div class="race-row">
                        <span>{t_string!(i18n, learn.fold, number = fold + 1)}</span>
                        <span class="series-track" aria-hidden="true"><span class="series-part" style=format!("left:0;width:{:.1}%", accuracy * 100.0)></span></span>
                        <span class="number">{format!("{} · {:.0} %", short(loss), accuracy * 100.0)}</span>
                    </div>
                }).collect_view()}
                <p class="number">{words}</p>
            </div>
        })}
        {controls::all(handle, &[])}
    }
}
