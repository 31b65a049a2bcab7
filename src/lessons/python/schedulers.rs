//! `torch.optim.lr_scheduler`: rules that set an optimizer's learning rate, written as PyTorch writes them: each new rate is made from the
//! one before, so that roundings agree and a rate that a program sets by hand is gone on from.

use super::arguments::Arguments;
use super::optimizers::Optimizer;
use super::value::{PyResult, Value, raise};
use std::cell::{Cell, RefCell};
use std::f64::consts::PI;
use std::rc::Rc;

/// A scheduler and the optimizer whose learning rate it sets.
pub struct Scheduler {
    optimizer: Rc<Optimizer>,
    rule: RefCell<Rule>,
    /// The rate that each group started from.
    bases: Vec<f64>,
    /// The rates that it set last: `scheduler.get_last_lr()`.
    last: RefCell<Vec<Value>>,
    /// How often it has stepped.
    epoch: Cell<i64>,
}

enum Rule {
    Step { size: i64, gamma: f64 },
    Milestones { epochs: Vec<i64>, gamma: f64 },
    Exponential { gamma: f64 },
    Cosine { period: i64, least: f64 },
    Plateau(Plateau),
}

struct Plateau {
    smallest: bool,
    relative: bool,
    threshold: f64,
    factor: f64,
    patience: i64,
    cooldown: i64,
    least: f64,
    epsilon: f64,
    best: f64,
    bad: i64,
    cooling: i64,
    falls: bool,
}

const CLASSES: [&str; 5] = ["StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "ReduceLROnPlateau"];

/// Whether `torch.optim.lr_scheduler.x` is one of these.
pub fn knows(path: &str) -> bool {
    path.strip_prefix("torch.optim.lr_scheduler.").is_some_and(|class| CLASSES.contains(&class))
}

/// `lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)` and the like.
pub fn make(path: &str, mut arguments: Arguments) -> PyResult {
    let optimizer = match arguments.need(0, "optimizer")? {
        Value::Optimizer(optimizer) => optimizer,
        other => return raise("TypeError", format!("{} is not an Optimizer", other.type_name())),
    };
    let rule = match path.rsplit('.').next().unwrap_or_default() {
        "StepLR" => {
            Rule::Step { size: arguments.need(1, "step_size")?.as_int()?, gamma: arguments.number(2, "gamma", 0.1)? }
        }
        "MultiStepLR" => {
            let epochs = arguments.need(1, "milestones")?.items()?;
            let epochs = epochs.iter().map(Value::as_int).collect::<PyResult<_>>()?;
            Rule::Milestones { epochs, gamma: arguments.number(2, "gamma", 0.1)? }
        }
        "ExponentialLR" => Rule::Exponential { gamma: arguments.need(1, "gamma")?.as_float()? },
        "CosineAnnealingLR" => {
            Rule::Cosine { period: arguments.need(1, "T_max")?.as_int()?, least: arguments.number(2, "eta_min", 0.0)? }
        }
        _ => Rule::Plateau(Plateau::from(&mut arguments)?),
    };
    // A scheduler starts at the beginning: that is what -1 means.
    if arguments.look(usize::MAX, "last_epoch").is_some_and(|epoch| matches!(epoch, Value::Int(-1))) {
        arguments.take(usize::MAX, "last_epoch");
    }
    arguments.finish()?;
    if matches!(rule, Rule::Step { size: 0, .. } | Rule::Cosine { period: 0, .. }) {
        return raise("ZeroDivisionError", "integer modulo by zero");
    }
    let mut bases = Vec::new();
    for group in optimizer.groups() {
        // As PyTorch notes it, which a later scheduler starts from too.
        if !matches!(rule, Rule::Plateau(_)) && group.entries.find("initial_lr").is_none() {
            group.entries.set(Value::text("initial_lr"), group.setting("lr")?)?;
        }
        bases.push(group.entries.find("initial_lr").map_or_else(|| group.rate(), |base| base.as_float())?);
    }
    let last = optimizer.groups().iter().map(|group| group.setting("lr")).collect::<PyResult<_>>()?;
    let (rule, last) = (RefCell::new(rule), RefCell::new(last));
    Ok(Value::Scheduler(Rc::new(Scheduler { optimizer, rule, bases, last, epoch: Cell::new(0) })))
}

impl Scheduler {
    /// PyTorch's class name.
    pub fn class_name(&self) -> &'static str {
        match &*self.rule.borrow() {
            Rule::Step { .. } => "StepLR",
            Rule::Milestones { .. } => "MultiStepLR",
            Rule::Exponential { .. } => "ExponentialLR",
            Rule::Cosine { .. } => "CosineAnnealingLR",
            Rule::Plateau(_) => "ReduceLROnPlateau",
        }
    }

    /// How often it has stepped: `scheduler.last_epoch`.
    pub fn epoch(&self) -> i64 {
        self.epoch.get()
    }

    /// `scheduler.step()`, `scheduler.step(metrics)`, `scheduler.get_last_lr()`
    pub fn method(&self, name: &str, mut arguments: Arguments) -> PyResult {
        if name == "get_last_lr" {
            arguments.finish()?;
            return Ok(Value::list(self.last.borrow().clone()));
        }
        let plateau = matches!(&*self.rule.borrow(), Rule::Plateau(_));
        let metric = if plateau { Some(arguments.need(0, "metrics")?.as_float()?) } else { None };
        arguments.finish()?;
        self.epoch.set(self.epoch.get() + 1);
        if let Rule::Plateau(plateau) = &mut *self.rule.borrow_mut() {
            plateau.watch(metric.unwrap_or(f64::NAN));
        }
        let mut last = Vec::new();
        for (group, base) in self.optimizer.groups().iter().zip(&self.bases) {
            let rate = Value::Float(self.next(group.rate()?, *base));
            group.entries.set(Value::text("lr"), rate.clone())?;
            last.push(rate);
        }
        *self.last.borrow_mut() = last;
        Ok(Value::None)
    }

    /// The rate after `rate`, in the epoch that has begun, of a group that started from `base`.
    fn next(&self, rate: f64, base: f64) -> f64 {
        let epoch = self.epoch.get();
        match &*self.rule.borrow() {
            Rule::Step { size, .. } if epoch % *size != 0 => rate,
            Rule::Step { gamma, .. } => rate * *gamma,
            Rule::Milestones { epochs, gamma } => match epochs.iter().filter(|&&milestone| milestone == epoch).count() {
                0 => rate,
                times => rate * gamma.powi(times as i32),
            },
            Rule::Exponential { gamma } => rate * *gamma,
            // From the floor the cosine rises again, and a quotient would divide by zero.
            Rule::Cosine { period, least } if (epoch - 1 - *period) % (2 * *period) == 0 => {
                rate + (base - *least) * (1.0 - (PI / *period as f64).cos()) / 2.0
            }
            Rule::Cosine { period, least } => {
                let wave = |epoch: i64| 1.0 + (PI * epoch as f64 / *period as f64).cos();
                wave(epoch) / wave(epoch - 1) * (rate - *least) + *least
            }
            Rule::Plateau(plateau) => plateau.next(rate),
        }
    }
}

impl Plateau {
    fn from(arguments: &mut Arguments) -> PyResult<Plateau> {
        let word = |value: Option<Value>, default: &str| match value {
            None => Ok(default.to_owned()),
            Some(Value::Text(text)) => Ok(text.to_string()),
            Some(other) => raise("TypeError", format!("expected a str, not {}", other.type_name())),
        };
        let mode = word(arguments.take(1, "mode"), "min")?;
        let factor = arguments.number(2, "factor", 0.1)?;
        let patience = arguments.whole(3, "patience", 10)?;
        let threshold = arguments.number(4, "threshold", 1e-4)?;
        let threshold_mode = word(arguments.take(5, "threshold_mode"), "rel")?;
        if factor >= 1.0 {
            return raise("ValueError", "Factor should be < 1.0.");
        }
        if !["min", "max"].contains(&mode.as_str()) {
            return raise("ValueError", format!("mode {mode} is unknown!"));
        }
        if !["rel", "abs"].contains(&threshold_mode.as_str()) {
            return raise("ValueError", format!("threshold mode {threshold_mode} is unknown!"));
        }
        let smallest = mode == "min";
        Ok(Plateau {
            smallest,
            relative: threshold_mode == "rel",
            threshold,
            factor,
            patience,
            cooldown: arguments.whole(6, "cooldown", 0)?,
            least: arguments.number(7, "min_lr", 0.0)?,
            epsilon: arguments.number(8, "eps", 1e-8)?,
            best: if smallest { f64::INFINITY } else { f64::NEG_INFINITY },
            bad: 0,
            cooling: 0,
            falls: false,
        })
    }

    fn is_better(&self, metric: f64) -> bool {
        match (self.smallest, self.relative) {
            (true, true) => metric < self.best * (1.0 - self.threshold),
            (true, false) => metric < self.best - self.threshold,
            (false, true) => metric > self.best * (self.threshold + 1.0),
            (false, false) => metric > self.best + self.threshold,
        }
    }

    /// Notes the metric of an epoch: whether the rates fall after it.
    fn watch(&mut self, metric: f64) {
        if self.is_better(metric) {
            (self.best, self.bad) = (metric, 0);
        } else {
            self.bad += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        self.falls = self.bad > self.patience;
        if self.falls {
            (self.cooling, self.bad) = (self.cooldown, 0);
        }
    }

    /// The rate after the epoch that was noted last.
    fn next(&self, rate: f64) -> f64 {
        if !self.falls {
            return rate;
        }
        let lower = (rate * self.factor).max(self.least);
        if rate - lower > self.epsilon { lower } else { rate }
    }
}
