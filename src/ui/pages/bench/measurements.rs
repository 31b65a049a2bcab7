//! What the Speed view measures: each network on each device and number of workers, one at a time, in a worker of its own.

use crate::backend::cpu::{Form, ProductSpeed};
use crate::trainer::bench::{operations, workers_to_try};
use crate::trainer::client::Client;
use crate::trainer::protocol::{BenchResult, Command, Event};
use crate::trainer::settings::{DeviceChoice, TrainSettings};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::pages::train::problem_words;
use crate::ui::status::Status;
use crate::ui::trials::start_worker;
use leptos::prelude::*;

const NETWORKS: [&str; 3] = ["mlp-200", "fcn-5", "cnn"];
const STEPS: u32 = 60;
const ROUNDS: u32 = 3;

/// What is measured and what is known so far.
#[derive(Clone, Copy)]
pub struct Measurements {
    i18n: I18n,
    status: Status,
    pub results: RwSignal<Vec<BenchResult>>,
    /// The settings of what is still to be measured, the next one last.
    waiting: RwSignal<Vec<TrainSettings>>,
    all: RwSignal<usize>,
    pub running: RwSignal<bool>,
    client: StoredValue<Option<Client>, LocalStorage>,
}

impl Measurements {
    /// None yet.
    pub fn none() -> Self {
        Measurements {
            i18n: use_i18n(),
            status: expect_context(),
            results: RwSignal::new(Vec::new()),
            waiting: RwSignal::new(Vec::new()),
            all: RwSignal::new(0),
            running: RwSignal::new(false),
            client: StoredValue::new_local(None),
        }
    }

    /// Measures every network on every device and number of workers, one after the other.
    pub fn start(self) {
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
        self.leave();
    }

    /// Ends what is being measured, as the reader wishes.
    pub fn stop(self) {
        self.end();
        self.status.say(t!(self.i18n, bench.stopped));
    }

    /// The worker ends with the view.
    pub fn leave(self) {
        self.client.try_update_value(|client| {
            if let Some(client) = client.take() {
                client.stop();
            }
        });
    }

    /// The best that one core has done so far, in GFLOP/s: whatever else runs can only lower it.
    pub fn peak(self) -> f64 {
        self.results.with(|results| results.iter().map(|result| result.peak).fold(0.0, f64::max))
    }

    /// For each row its rate as a share of the best rate.
    pub fn shares(self) -> Vec<f64> {
        let rates: Vec<f64> =
            self.results.with(|results| results.iter().map(|result| median(&sorted(&result.steps_per_second))).collect());
        let best = rates.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        rates.into_iter().map(|rate| rate / best).collect()
    }

    /// The head and the rows of the table, in the language of the page.
    pub fn rows(self) -> Vec<Vec<String>> {
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
            let operations = operations(&result.settings.model, &result.device);
            let gflops = operations.map(|operations| median(&rates) * operations / 1e9);
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
    pub fn products(self) -> Vec<Vec<String>> {
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

    /// Puts both tables on the clipboard, as Markdown.
    pub fn copy(self) {
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
