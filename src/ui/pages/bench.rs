//! The Speed view: the course's networks on every device and number of workers that this browser has, each figure beside
//! the machine's own peak. One measurement at a time, in a worker of its own that ends with the last.

use crate::backend::cpu::{Form, ProductSpeed};
use crate::trainer::bench::{operations, workers_to_try};
use crate::trainer::client::Client;
use crate::trainer::protocol::{BenchResult, Command, Event};
use crate::trainer::settings::{DeviceChoice, TrainSettings};
use crate::ui::components::show_number;
use crate::ui::i18n::{I18n, Language, t, t_string, td_string, use_i18n};
use crate::ui::pages::train::problem_words;
use crate::ui::status::Status;
use crate::ui::trials::start_worker;
use leptos::prelude::*;

const NETWORKS: [&str; 3] = ["mlp-200", "fcn-5", "cnn"];
/// The column of the rates.
const RATE: usize = 3;
const STEPS: u32 = 60;
const ROUNDS: u32 = 3;

/// What is measured and what is known so far.
#[derive(Clone, Copy)]
struct Measurements {
    i18n: I18n,
    status: Status,
    results: RwSignal<Vec<BenchResult>>,
    /// The settings of what is still to be measured, the next one last.
    waiting: RwSignal<Vec<TrainSettings>>,
    all: RwSignal<usize>,
    running: RwSignal<bool>,
    client: StoredValue<Option<Client>, LocalStorage>,
}

impl Measurements {
    fn start(self) {
        let navigator = window().navigator();
        let mut plan = Vec::new();
        for network in NETWORKS {
            for workers in workers_to_try(navigator.hardware_concurrency() as usize) {
                let device = DeviceChoice::Cpu;
                plan.push(TrainSettings { device, workers, ..TrainSettings::for_model(network) });
            }
            let has_gpu = js_sys::Reflect::has(&navigator, &"gpu".into()).unwrap_or(false);
            if has_gpu {
                plan.push(TrainSettings { device: DeviceChoice::Gpu, workers: 1, ..TrainSettings::for_model(network) });
            }
        }
        plan.reverse();
        self.all.set(plan.len());
        self.waiting.set(plan);
        self.results.set(Vec::new());
        self.running.set(true);
        self.client.set_value(Some(start_worker(move |event| self.take(event))));
        self.next();
    }

    fn next(self) {
        let Some(settings) = self.waiting.write().pop() else {
            self.end();
            return self.status.say(t!(self.i18n, bench.finished));
        };
        let (network, device) = (settings.model.clone(), settings.device.name().to_uppercase());
        let all = self.all.get_untracked();
        let done = all - self.waiting.with_untracked(Vec::len);
        self.status.say(t!(self.i18n, bench.measuring, network = network, device = device, done = done, all = all));
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send(Command::RunBench { settings: Box::new(settings), steps: STEPS, rounds: ROUNDS });
            }
        });
    }

    fn take(self, event: Event) {
        if !self.running.get_untracked() {
            return;
        }
        match event {
            Event::Bench(result) => {
                // Asked for a GPU and answered by the CPU: that row is there already.
                if result.settings.device.name() == result.device {
                    self.results.write().push(result);
                }
                self.next();
            }
            Event::Failed(problem) => {
                self.end();
                let i18n = self.i18n;
                self.status.warn(move || t_string!(i18n, bench.failed, reason = problem_words(i18n, &problem)));
            }
            _ => {}
        }
    }

    fn end(self) {
        self.running.set(false);
        self.client.update_value(|client| {
            if let Some(client) = client.take() {
                client.stop();
            }
        });
    }

    /// The best that one core has done so far, in GFLOP/s: whatever else runs can only lower it.
    fn peak(self) -> f64 {
        self.results.with(|results| results.iter().map(|result| result.peak).fold(0.0, f64::max))
    }

    /// For each row its rate as a share of the best rate.
    fn shares(self) -> Vec<f64> {
        let rates: Vec<f64> =
            self.results.with(|results| results.iter().map(|result| median(&sorted(&result.steps_per_second))).collect());
        let best = rates.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        rates.into_iter().map(|rate| rate / best).collect()
    }

    /// The head and the rows of the table, in the language of the page.
    fn rows(self) -> Vec<Vec<String>> {
        let i18n = self.i18n;
        let head = vec![
            t_string!(i18n, bench.network).to_string(),
            t_string!(i18n, bench.device).to_string(),
            t_string!(i18n, bench.workers).to_string(),
            t_string!(i18n, bench.rate).to_string(),
            t_string!(i18n, bench.range).to_string(),
            t_string!(i18n, bench.gflops).to_string(),
            t_string!(i18n, bench.share).to_string(),
        ];
        let peak = self.peak();
        let row = |result: &BenchResult| {
            let rates = sorted(&result.steps_per_second);
            let gflops = operations(&result.settings.model).map(|operations| median(&rates) * operations / 1e9);
            let cores = peak * f64::from(result.workers);
            let share = gflops.filter(|_| result.device == "cpu" && cores > 0.0).map(|gflops| gflops / cores);
            let range = [rates.first(), rates.last()].map(|rate| rate.map_or(String::new(), |&rate| show(rate)));
            vec![
                result.settings.model.clone(),
                result.device.to_uppercase(),
                result.workers.to_string(),
                show(median(&rates)),
                range.join("–"),
                gflops.map_or("–".to_string(), |gflops| format!("{gflops:.1}")),
                share.map_or("–".to_string(), |share| format!("{:.0} %", share * 100.0)),
            ]
        };
        self.results.with(|results| std::iter::once(head).chain(results.iter().map(row)).collect())
    }

    /// The head and the rows of the table of products: each at its best so far.
    fn products(self) -> Vec<Vec<String>> {
        let i18n = self.i18n;
        let head = vec![
            t_string!(i18n, bench.product).to_string(),
            t_string!(i18n, bench.layer).to_string(),
            t_string!(i18n, bench.gflops).to_string(),
            t_string!(i18n, bench.share_of_core).to_string(),
        ];
        let peak = self.peak();
        let mut best: Vec<ProductSpeed> = Vec::new();
        self.results.with(|results| {
            for product in results.iter().flat_map(|result| &result.products) {
                let same = |other: &&mut ProductSpeed| ProductSpeed { speed: product.speed, ..**other } == *product;
                match best.iter_mut().find(same) {
                    Some(known) => known.speed = known.speed.max(product.speed),
                    None => best.push(*product),
                }
            }
        });
        let row = |product: ProductSpeed| {
            let form = match product.form {
                Form::Forward => t_string!(i18n, bench.form_forward),
                Form::InputGradient => t_string!(i18n, bench.form_input_gradient),
                Form::WeightGradient => t_string!(i18n, bench.form_weight_gradient),
            };
            vec![
                form.to_string(),
                format!("{} × {} → {}", product.batch, product.inputs, product.outputs),
                format!("{:.1}", product.speed),
                format!("{:.0} %", product.speed / peak * 100.0),
            ]
        };
        std::iter::once(head).chain(best.into_iter().map(row)).collect()
    }

    fn copy(self) {
        let text = format!("{}\n{}", markdown(self.rows()), markdown(self.products()));
        let clipboard = window().navigator().clipboard();
        if clipboard.is_undefined() {
            return self.status.warn(t!(self.i18n, bench.by_hand));
        }
        leptos::task::spawn_local(async move {
            match wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await {
                Ok(_) => self.status.say(t!(self.i18n, bench.copied)),
                Err(_) => self.status.warn(t!(self.i18n, bench.by_hand)),
            }
        });
    }
}

/// A table as Markdown; its first row is the head.
fn markdown(rows: Vec<Vec<String>>) -> String {
    let rule = format!("{}|\n", "|---".repeat(rows.first().map_or(0, Vec::len)));
    let mut lines: Vec<String> = rows.into_iter().map(|row| format!("| {} |\n", row.join(" | "))).collect();
    lines.insert(lines.len().min(1), rule);
    lines.concat()
}

fn show(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

fn sorted(rates: &[f64]) -> Vec<f64> {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates
}

/// The middle one of sorted numbers; 0 of none.
fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// Measure, read, copy.
#[component]
pub fn BenchPage() -> impl IntoView {
    let i18n = use_i18n();
    let measurements = Measurements {
        i18n,
        status: expect_context(),
        results: RwSignal::new(Vec::new()),
        waiting: RwSignal::new(Vec::new()),
        all: RwSignal::new(0),
        running: RwSignal::new(false),
        client: StoredValue::new_local(None),
    };
    on_cleanup(move || {
        measurements.client.try_update_value(|client| {
            if let Some(client) = client.take() {
                client.stop();
            }
        });
    });
    let Measurements { results, running, status, .. } = measurements;
    let toggle = move |_| {
        if running.get_untracked() {
            measurements.end();
            status.say(t!(i18n, bench.stopped));
        } else {
            measurements.start();
        }
    };
    let label = move || if running.get() { t_string!(i18n, bench.stop) } else { t_string!(i18n, bench.start) };
    let peak = move || {
        let instructions = results.with(|results| results.first().map(|result| result.instructions.clone()))?;
        let peak = show_number((measurements.peak() * 10.0).round() / 10.0);
        Some(view! { <p data-testid="bench-peak">{t!(i18n, bench.peak, peak = peak, instructions = instructions)}</p> })
    };
    let table = move || {
        let mut rows = measurements.rows().into_iter();
        let head = rows.next().unwrap_or_default();
        let rows = rows.zip(measurements.shares()).map(|(row, share)| {
            let cells = row.into_iter().enumerate().map(|(column, cell)| match column {
                0 => view! { <th scope="row">{cell}</th> }.into_any(),
                // The rate as a bar too, to be compared at a glance.
                RATE => view! {
                    <td>
                        <span class="bench-rate">
                            <span class="bench-bar" aria-hidden="true"><span style=format!("width:{:.1}%", share * 100.0)></span></span>
                            {cell}
                        </span>
                    </td>
                }
                .into_any(),
                _ => view! { <td>{cell}</td> }.into_any(),
            });
            view! { <tr>{cells.collect_view()}</tr> }
        });
        view! {
            <table class="numbers bench" data-testid="bench-table">
                <thead><tr>{head.into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    let products = move || {
        let mut rows = measurements.products().into_iter();
        let head = rows.next().unwrap_or_default();
        let rows = rows.map(|row| {
            let mut cells = row.into_iter();
            let form = cells.next();
            view! { <tr><th scope="row">{form}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
        });
        view! {
            <table class="numbers" data-testid="bench-products">
                <caption>{t!(i18n, bench.products)}</caption>
                <thead><tr>{head.into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <h1>{t!(i18n, bench.title)}</h1>
        <p class="bench-what">{t!(i18n, bench.what)}</p>
        <p>
            <button type="button" class="primary" data-testid="bench-start" on:click=toggle>{label}</button>
            " "
            <button type="button" data-testid="bench-copy" disabled=move || results.with(Vec::is_empty) on:click=move |_| measurements.copy()>
                {t!(i18n, bench.copy)}
            </button>
        </p>
        {peak}
        <Show when=move || !results.with(Vec::is_empty)>
            <div class="table-scroll" tabindex="0">{table}</div>
            <div class="table-scroll" tabindex="0">{products}</div>
        </Show>
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![("Enter", td_string!(language, bench.key_start))]
}
