//! What the page asks for. What goes wrong becomes an event; what was there stays.

use super::{Engine, Evaluating, Goal, SHOWN_OF_BATCH, session_ready};
use crate::error::{Error, Mistake, Result};
use crate::export::safetensors as weights;
use crate::nn::early_stopping::EarlyStopping;
use crate::trainer::bench::{Bench, time_product};
use crate::trainer::crew;
use crate::trainer::device;
use crate::trainer::protocol::{Bytes, Command, Configured, Event, Floats, Problem, StopReason, TestImage};
use crate::trainer::settings::TrainSettings;

impl Engine {
    /// Takes a command. What goes wrong becomes an event; what was there stays.
    pub async fn handle(&mut self, command: Command) {
        let outcome = self.obey(command).await;
        self.mind(outcome).await;
    }

    async fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Configure(settings) => self.configure(*settings).await?,
            Command::Start { steps } => {
                let Some(session) = &self.session else { return Ok(()) };
                let step = session.step_count();
                let end = session.settings().last_step();
                // Started again at its end, it goes on for as long again.
                let goal = match steps {
                    Some(steps) => step + steps,
                    None if step < end => end,
                    None => step + end.max(1),
                };
                self.go(Goal { step: goal, reason: StopReason::Finished });
            }
            Command::Step => {
                let Some(session) = &self.session else { return Ok(()) };
                let step = session.step_count() + 1;
                self.go(Goal { step, reason: StopReason::Stepped });
            }
            Command::Pause => {
                if self.goal.take().is_some() && !self.settle().await? {
                    // The answer first, what takes reading from the device after it.
                    self.report_losses();
                    self.stopped(StopReason::Paused);
                    self.report(true).await?;
                    self.make_safe().await?;
                }
            }
            Command::Reset => {
                if let Some(settings) = self.session.as_ref().map(|session| session.settings().clone()) {
                    self.configure(settings).await?;
                }
            }
            Command::NewSeed(seed) => {
                if let Some(mut settings) = self.session.as_ref().map(|session| session.settings().clone()) {
                    settings.seed = seed;
                    self.configure(settings).await?;
                }
            }
            Command::SetLearningRate(rate) => {
                if !rate.is_finite() || rate < 0.0 {
                    return Err(Error::Mistake(Mistake::Negative { name: "learning rate".to_string(), value: rate }));
                }
                if let Some(session) = &mut self.session {
                    session.set_learning_rate(rate);
                }
            }
            Command::SetEnd { epochs, steps } => {
                if let Some(session) = &mut self.session {
                    session.set_end(epochs, steps);
                    let end = session.settings().last_step();
                    // A run that goes to its end goes to the new one.
                    if let Some(goal) = self.goal.as_mut().filter(|goal| goal.reason == StopReason::Finished) {
                        goal.step = end.max(session.step_count() + 1);
                    }
                }
            }
            Command::SetDigit(digit) => {
                self.digit = digit.map(|Floats(pixels)| pixels);
                self.report(false).await?;
            }
            Command::WatchOptimizer(watched) => {
                self.watches_optimizer = watched;
                self.last_details = 0.0;
                self.report(false).await?;
            }
            Command::ShowNextStep => {
                self.shows_next = true;
                self.want_data();
            }
            Command::SwitchDevice(choice) => self.switch_device(choice).await?,
            Command::RecallKernels(text) => device::recall_kernels(&text),
            Command::RecallCrew(text) => crew::recall(&text),
            Command::Evaluate => {
                self.want_data();
                self.begin_evaluation(Evaluating::Asked)?;
            }
            Command::ExportWeights => self.export_weights().await?,
            Command::ImportWeights(Bytes(file)) => self.import_weights(&file).await?,
            Command::ShowTestImages(indices) => self.show_test_images(indices),
            Command::RunBench { settings, steps, rounds } => {
                let device = self.choose_device(settings.device).await.0;
                self.bench = Some(Bench::new(*settings, steps, rounds, device, self.data.clone(), self.maker)?);
            }
            Command::RunProduct { device, size, milliseconds } => {
                let device = self.choose_device(device).await.0;
                let milliseconds = time_product(&device, size as usize, milliseconds, self.clock).await?;
                self.events.push(Event::Product { device: device.name().to_string(), milliseconds });
            }
        }
        Ok(())
    }

    async fn configure(&mut self, settings: TrainSettings) -> Result<()> {
        if let Err(error) = settings.check() {
            self.events.push(Event::Failed(Problem::Settings(error.into())));
            return Ok(());
        }
        self.goal = None;
        self.evaluating = None;
        let (device, note) = self.choose_device(settings.device).await;
        let session = self.session_on(settings, device)?;
        self.stopping = session.settings().patience.map(EarlyStopping::new);
        (self.best, self.safe) = (None, None);
        self.losses.clear();
        self.told = 0;
        self.evaluated = None;
        let configured = Configured {
            settings: session.settings().clone(),
            device: session.device().name().to_string(),
            workers: session.intended_workers() as u32,
            parameters: session.network().spec.parameter_count()? as u64,
            steps_per_epoch: session.steps_per_epoch(),
            first_layer: session.first_layer().await?,
        };
        let known = session.crew();
        self.session = Some(session);
        self.events.push(Event::Configured(configured));
        if let Some(tried) = known {
            self.events.push(Event::Crew { workers: crew::best(&tried) as u32, tried, keep: None });
        }
        if note.is_some() {
            self.events.push(Event::DeviceChanged { device: self.device_name(), note });
        }
        if self.digit.is_some() {
            self.report(false).await?;
        }
        Ok(())
    }

    async fn export_weights(&mut self) -> Result<()> {
        if let Some(session) = &self.session {
            let network = session.network();
            let notes = [
                ("seed", session.settings().seed.to_string()),
                ("step", session.step_count().to_string()),
                ("settings", crate::export::link::write(session.settings())),
            ];
            let file = weights::to_safetensors(&network.spec, &network.read().await?, &notes)?;
            self.events.push(Event::Weights(Bytes(file)));
        }
        Ok(())
    }

    pub(super) async fn show_next(&mut self) -> Result<()> {
        self.shows_next = false;
        if let Some(session) = &self.session
            && let Some(next) = session.next_step(SHOWN_OF_BATCH).await?
        {
            self.events.push(Event::NextStep(Box::new(next)));
        }
        Ok(())
    }

    async fn import_weights(&mut self, file: &[u8]) -> Result<()> {
        if let Some(session) = &mut self.session {
            match weights::from_safetensors(&session.network().spec, file) {
                Ok(values) => {
                    session.set_weights(&values)?;
                    self.events.push(Event::WeightsTaken);
                    self.make_safe().await?;
                    self.last_details = 0.0;
                    self.report(false).await?;
                    if session_ready(&self.session) {
                        self.begin_evaluation(Evaluating::Asked)?;
                    }
                }
                Err(error) => self.events.push(Event::Failed(Problem::Weights(error.into()))),
            }
        }
        Ok(())
    }

    fn show_test_images(&mut self, indices: Vec<u32>) {
        if let Some(data) = &self.data {
            let images = indices
                .into_iter()
                .filter(|&index| (index as usize) < data.test.len())
                .map(|index| TestImage {
                    index,
                    label: data.test.labels[index as usize],
                    pixels: Bytes(data.test.image(index as usize).to_vec()),
                })
                .collect();
            self.events.push(Event::TestImages(images));
        }
    }
}
