//! From one device to another: asked for, or because the one in use went away.

use super::{Engine, Evaluating};
use crate::backend::Device;
use crate::error::{Error, Result};
use crate::trainer::device;
use crate::trainer::protocol::{DeviceNote, Event};
use crate::trainer::session::Session;
use crate::trainer::settings::{DeviceChoice, TrainSettings};

impl Engine {
    /// The device for a choice, and what is to be said of it.
    pub(super) async fn choose_device(&mut self, choice: DeviceChoice) -> (Device, Option<DeviceNote>) {
        let chosen = device::choose(choice, self.clock).await;
        if let Some(kernels) = chosen.kernels {
            self.events.push(Event::KernelsTried(kernels));
        }
        (chosen.device, chosen.note)
    }

    pub(super) async fn switch_device(&mut self, choice: DeviceChoice) -> Result<()> {
        if self.settle().await? {
            return Ok(());
        }
        let (device, note) = self.choose_device(choice).await;
        let Some(session) = &mut self.session else { return Ok(()) };
        session.set_device_choice(choice);
        if session.device() == &device {
            self.events.push(Event::DeviceChanged { device: self.device_name(), note });
            return Ok(());
        }
        self.safe = Some(session.checkpoint().await?);
        self.move_to(device, note).await
    }

    /// The GPU went away: the run goes on from the last safe point on a fresh device where there is one, else on the CPU.
    pub(super) async fn recover(&mut self, why: &str) -> Result<()> {
        let choice = self.session.as_ref().map_or(DeviceChoice::Cpu, |session| session.settings().device);
        let device = self.choose_device(choice).await.0;
        let told = Some(DeviceNote::Lost(why.to_string()));
        match self.move_to(device, told.clone()).await {
            Err(Error::DeviceLost(_)) => self.move_to(Device::Cpu, told).await,
            done => done,
        }
    }

    /// Takes the run up on another device from the last safe point.
    async fn move_to(&mut self, device: Device, note: Option<DeviceNote>) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut moved = self.session_on(session.settings().clone(), device)?;
        if let Some(safe) = &self.safe {
            moved.restore(safe)?;
        }
        self.session = Some(moved);
        self.events.push(Event::DeviceChanged { device: self.device_name(), note });
        match self.evaluating {
            // From a point before the epoch's end: that comes again.
            Some(Evaluating::Epoch) if !self.session.as_ref().is_some_and(Session::ends_epoch) => self.evaluating = None,
            Some(why) => self.begin_evaluation(why)?,
            None => {}
        }
        Ok(())
    }

    /// A run at step 0 on a device, with workers to share its batches and the data set if it is here.
    pub(super) fn session_on(&self, settings: TrainSettings, device: Device) -> Result<Session> {
        let mut session = Session::new(settings, device)?;
        session.set_team_maker(self.maker);
        if let Some(data) = &self.data {
            session.attach(data.clone())?;
        }
        Ok(session)
    }
}
