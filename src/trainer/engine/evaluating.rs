//! Looking at held-out images: after an epoch, where schedule and early stopping listen, and when asked.

use super::{Engine, Evaluating};
use crate::error::Result;
use crate::nn::early_stopping::Verdict;
use crate::trainer::protocol::{Evaluation, Event, StopReason};

impl Engine {
    pub(super) fn begin_evaluation(&mut self, why: Evaluating) -> Result<()> {
        if let Some(session) = &mut self.session {
            session.begin_evaluation()?;
            self.evaluating = Some(why);
        }
        Ok(())
    }

    pub(super) async fn evaluate(&mut self) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.advance_evaluation().await? {
            return Ok(());
        }
        let why = self.evaluating.take();
        let Some((test, validation)) = session.figures().await? else { return Ok(()) };
        let (step, per_epoch) = (session.step_count(), session.steps_per_epoch());
        self.evaluated = Some(step);
        let held_out = validation.as_ref().unwrap_or(&test).loss;
        if why == Some(Evaluating::Epoch) {
            session.observe_epoch(held_out);
        }
        self.report(true).await?;
        self.events.push(Event::Evaluated(Evaluation {
            step,
            epoch: step as f64 / per_epoch as f64,
            loss: test.loss,
            accuracy: test.accuracy,
            validation: validation.map(|figures| (figures.loss, figures.accuracy)),
            confusion: test.confusion,
            misread: test.misread,
        }));
        if why == Some(Evaluating::Epoch) {
            self.mind_early_stopping(step / per_epoch, held_out).await?;
        }
        if let (Some(goal), Some(session)) = (self.goal, &self.session) {
            // Evaluating is no part of the pace.
            self.pace.restart((self.clock)(), session.step_count());
            if session.step_count() >= goal.step {
                self.finish(goal.reason).await?;
            }
        }
        Ok(())
    }

    async fn mind_early_stopping(&mut self, epoch: u64, loss: f64) -> Result<()> {
        let (Some(stopping), Some(session)) = (&mut self.stopping, &mut self.session) else { return Ok(()) };
        match stopping.observe(epoch, loss) {
            Verdict::Best => self.best = Some(session.checkpoint().await?),
            Verdict::Wait => {}
            Verdict::Stop => {
                let best_epoch = stopping.best_epoch;
                if let Some(best) = &self.best {
                    session.restore_weights(best)?;
                }
                self.last_details = 0.0;
                self.finish(StopReason::EarlyStopped { best_epoch }).await?;
            }
        }
        Ok(())
    }
}
