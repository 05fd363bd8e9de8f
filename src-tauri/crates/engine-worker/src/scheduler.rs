//! The thread that decodes: one batch a round, with the next token of every answer and a piece of one prompt.
//!
//! All answers share the context's cells. Where they run out, idle sequences give up what they remember, then the
//! youngest answer waits until another ends; nothing is lost but time.

use std::{
    collections::VecDeque,
    sync::{
        atomic::Ordering,
        mpsc::{Receiver, TryRecvError},
    },
    time::Instant,
};

use domain::{EngineError, FinishReason};
use llama_cpp_2::{
    DecodeError,
    context::{LlamaContext, session::LlamaStateSeqFlags},
    llama_batch::LlamaBatch,
};

use crate::{
    answer::Answer,
    budget::Budget,
    cache::{self, Checkpoint, Place, Slot},
    load::{BATCH_TOKENS, Loaded},
    prompt::Prepared,
    serve::Shared,
    vocabulary::Vocabulary,
};

/// All checkpoints together; one of a large hybrid model takes half of it.
const CHECKPOINT_BYTES: usize = 256 * 1024 * 1024;

/// Decodes until no more prompts can come.
pub(crate) fn run(loaded: &Loaded, context: LlamaContext<'_>, inbox: &Receiver<Prepared>, shared: &Shared) {
    let mut scheduler = Scheduler {
        context,
        batch: LlamaBatch::new(BATCH_TOKENS as usize, 1),
        vocabulary: Vocabulary::new(&loaded.model, loaded.template.source()),
        context_tokens: loaded.facts.context_tokens as usize,
        can_copy: !loaded.model.is_recurrent() && !loaded.model.is_hybrid(),
        slots: vec![Slot::default(); loaded.sequences as usize],
        answers: Vec::new(),
        waiting: VecDeque::new(),
        budget: Budget::new(BATCH_TOKENS as usize),
        uses: 0,
        shared,
    };
    while scheduler.take(inbox) {
        scheduler.drop_cancelled();
        scheduler.seat();
        scheduler.round();
    }
}

/// What one answer put into a batch.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Which answer.
    answer: usize,
    /// Tokens.
    tokens: usize,
    /// Place in the batch of its last token, where the next one is to be chosen.
    sample: Option<i32>,
}

struct Scheduler<'a> {
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    vocabulary: Vocabulary<'a>,
    context_tokens: usize,
    can_copy: bool,
    slots: Vec<Slot>,
    /// Oldest first.
    answers: Vec<Answer>,
    waiting: VecDeque<Prepared>,
    budget: Budget,
    uses: u64,
    shared: &'a Shared,
}

impl Scheduler<'_> {
    /// Takes what has come in; waits for it while there is nothing to do. False when nothing can come any more.
    fn take(&mut self, inbox: &Receiver<Prepared>) -> bool {
        if self.answers.is_empty() && self.waiting.is_empty() {
            self.shared.pulse.busy.store(false, Ordering::Relaxed);
            let Ok(prepared) = inbox.recv() else { return false };
            self.waiting.push_back(prepared);
            self.shared.pulse.busy.store(true, Ordering::Relaxed);
        }
        loop {
            match inbox.try_recv() {
                Ok(prepared) => self.waiting.push_back(prepared),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Lets go of what was ended by whoever cancelled it.
    fn drop_cancelled(&mut self) {
        while let Some(at) = self.answers.iter().position(|answer| answer.ticket.is_cancelled()) {
            self.leave(at);
        }
        self.waiting.retain(|prepared| !prepared.ticket.is_cancelled());
    }

    /// Gives waiting prompts their slots.
    fn seat(&mut self) {
        while let Some(prepared) = self.waiting.front() {
            let ready = &prepared.ready;
            let Some(place) = cache::place(&self.slots, &ready.tokens, &ready.cache_key, self.can_copy) else { return };
            let prepared = self.waiting.pop_front().expect("BUG: the front was just looked at");
            let held = self.settle(place, &prepared);
            let answer = Answer::new(prepared, place.slot, held, self.context_tokens, &self.vocabulary, self.shared);
            answer.tell_reading(held, self.shared);
            self.answers.push(answer);
        }
    }

    /// Makes the slot's memory a beginning of the prompt; how many tokens of it are there.
    fn settle(&mut self, place: Place, prepared: &Prepared) -> usize {
        let Place { slot, keep, copy } = place;
        self.cut(slot, keep);
        if let Some((from, upto)) = copy {
            let held = self.slots[slot].tokens.len();
            let range = (u32::try_from(held).ok(), u32::try_from(upto).ok());
            if self.context.kv_cache_seq_cp(sequence(from), sequence(slot), range.0, range.1).is_ok() {
                self.slots[slot].tokens = prepared.ready.tokens[..upto].to_vec();
            }
        }
        self.uses += 1;
        let uses = self.uses;
        let slot = &mut self.slots[slot];
        slot.cache_key.clone_from(&prepared.ready.cache_key);
        slot.used = uses;
        slot.busy = true;
        slot.tokens.len()
    }

    /// Forgets a slot's tokens from `keep` on; a model whose memory cannot be cut forgets all of them.
    fn cut(&mut self, slot: usize, keep: usize) {
        if self.slots[slot].tokens.len() == keep {
            return;
        }
        if !self.cut_memory(slot, keep) && !self.go_back(slot, keep) {
            self.forget(slot);
        }
    }

    /// Cuts a slot's memory; false where it cannot be cut, and then it is as it was.
    fn cut_memory(&mut self, slot: usize, keep: usize) -> bool {
        let cut = self.context.kv_cache_seq_rm(sequence(slot), u32::try_from(keep).ok(), None).is_ok();
        if cut {
            self.slots[slot].tokens.truncate(keep);
        }
        cut
    }

    /// Goes back to the slot's checkpoint, if it has one no later than `keep`.
    fn go_back(&mut self, slot: usize, keep: usize) -> bool {
        let checkpoint = self.slots[slot].checkpoint.take().filter(|checkpoint| checkpoint.tokens <= keep);
        let Some(checkpoint) = checkpoint else { return false };
        let back = self.context.state_seq_set(&checkpoint.state, sequence(slot)).is_ok()
            && self.cut_memory(slot, checkpoint.tokens);
        if back {
            self.slots[slot].checkpoint = Some(checkpoint);
        }
        back
    }

    /// Remembers the memory of those that have come to where it may be needed again.
    fn remember(&mut self, rows: &[Row]) {
        for row in rows {
            let Answer { slot, checkpoint_at, .. } = self.answers[row.answer];
            if self.slots[slot].tokens.len() == checkpoint_at {
                let state = self.context.state_seq_get(sequence(slot), LlamaStateSeqFlags::PARTIAL_ONLY).ok();
                self.slots[slot].checkpoint = state.map(|state| Checkpoint { tokens: checkpoint_at, state });
                cache::bound_checkpoints(&mut self.slots, slot, CHECKPOINT_BYTES);
            }
        }
    }

    fn forget(&mut self, slot: usize) {
        // Removing a whole sequence never fails.
        let _ = self.context.kv_cache_seq_rm(sequence(slot), None, None);
        self.slots[slot].tokens.clear();
        self.slots[slot].checkpoint = None;
    }

    /// Decodes one batch and gives every answer in it its next token.
    fn round(&mut self) {
        let rows = self.fill();
        if rows.is_empty() {
            return;
        }
        let reading: usize = rows.iter().map(|row| row.tokens).filter(|tokens| *tokens > 1).sum();
        if reading > 0 {
            // This takes longer than a token: what is written so far need not wait for it.
            self.answers.iter_mut().for_each(Answer::flush);
        }
        let begun = Instant::now();
        match self.context.decode(&mut self.batch) {
            Ok(()) => {}
            Err(DecodeError::NoKvCacheSlot) => return self.make_room(),
            Err(error) => return self.give_up(&rows, &error),
        }
        let sampled = self.sample(&rows);
        if !self.can_copy {
            self.remember(&rows);
        }
        if reading > 0 {
            self.budget.learn(reading, begun.elapsed());
        }
        self.shared.pulse.decoded.fetch_add(1, Ordering::Relaxed);
        // From the back, so that places stay valid when answers leave.
        for (answer, reason) in sampled.into_iter().rev() {
            self.finish(answer, reason);
        }
    }

    /// Fills the batch: first a token for each answer, then a piece of the oldest prompt.
    fn fill(&mut self) -> Vec<Row> {
        self.batch.clear();
        let mut rows = Vec::new();
        let is_reading = |answer: &Answer, slots: &[Slot]| answer.is_reading(slots[answer.slot].tokens.len());
        for at in 0..self.answers.len() {
            if !self.answers[at].parked && !is_reading(&self.answers[at], &self.slots) {
                rows.push(self.add(at, 1));
            }
        }
        let room = BATCH_TOKENS as usize - rows.len();
        let piece = self.budget.tokens(!rows.is_empty()).min(room);
        let reader = self.answers.iter().position(|answer| !answer.parked && is_reading(answer, &self.slots));
        if let Some(at) = reader {
            rows.push(self.add(at, piece));
        }
        rows
    }

    fn add(&mut self, at: usize, most: usize) -> Row {
        let answer = &self.answers[at];
        let held = self.slots[answer.slot].tokens.len();
        let mut end = answer.tokens.len().min(held + most);
        if !self.can_copy && held < answer.checkpoint_at {
            end = end.min(answer.checkpoint_at);
        }
        let piece = &answer.tokens[held..end];
        let whole = held + piece.len() == answer.tokens.len();
        for (offset, token) in piece.iter().enumerate() {
            let position = i32::try_from(held + offset).expect("BUG: a context has fewer than 2^31 tokens");
            let last = whole && offset + 1 == piece.len();
            self.batch
                .add(*token, position, &[sequence(answer.slot)], last)
                .expect("BUG: a batch holds what it was made for");
        }
        Row { answer: at, tokens: piece.len(), sample: whole.then(|| self.batch.n_tokens() - 1) }
    }

    /// Takes over what was decoded and chooses the next tokens; the answers that end.
    fn sample(&mut self, rows: &[Row]) -> Vec<(usize, FinishReason)> {
        let mut ended = Vec::new();
        for row in rows {
            let answer = &mut self.answers[row.answer];
            let slot = &mut self.slots[answer.slot];
            let held = slot.tokens.len();
            slot.tokens.extend_from_slice(&answer.tokens[held..held + row.tokens]);
            answer.tell_reading(slot.tokens.len(), self.shared);
            if let Some(place) = row.sample {
                let token = answer.sampler.sample(&self.context, place);
                let end = answer.push(token, &self.vocabulary, self.context_tokens);
                ended.extend(end.map(|reason| (row.answer, reason)));
            }
        }
        ended.sort_unstable_by_key(|(answer, _)| *answer);
        ended
    }

    /// No cells are left: an idle slot forgets, else the youngest answer waits, else there is one and it is full.
    fn make_room(&mut self) {
        if let Some(slot) = cache::to_evict(&self.slots) {
            return self.forget(slot);
        }
        let running: Vec<usize> = (0..self.answers.len()).filter(|at| !self.answers[*at].parked).collect();
        match running.as_slice() {
            [] => {}
            [only] => self.finish(*only, FinishReason::ContextFull),
            [.., youngest] => {
                self.answers[*youngest].flush();
                self.answers[*youngest].parked = true;
                self.forget(self.answers[*youngest].slot);
            }
        }
    }

    /// A decode failed: everybody in it has lost their memory.
    fn give_up(&mut self, rows: &[Row], error: &DecodeError) {
        let reason = crate::log::take_last_error().unwrap_or_else(|| error.to_string());
        let error = match error {
            DecodeError::Unknown(-2) => EngineError::OutOfMemory(reason),
            _ => EngineError::Crashed(reason),
        };
        let mut lost: Vec<usize> = rows.iter().map(|row| row.answer).collect();
        lost.sort_unstable();
        for at in lost.into_iter().rev() {
            let mut answer = self.leave(at);
            answer.flush();
            self.forget(answer.slot);
            if self.shared.requests.close(answer.ticket.id) {
                self.shared.replies.fail(answer.ticket.id, error.clone());
            }
        }
    }

    fn finish(&mut self, at: usize, reason: FinishReason) {
        let mut answer = self.leave(at);
        let reply = answer.finished(reason);
        if self.shared.requests.close(answer.ticket.id) {
            self.shared.replies.send(answer.ticket.id, reply);
        }
    }

    fn leave(&mut self, at: usize) -> Answer {
        let answer = self.answers.remove(at);
        self.slots[answer.slot].busy = false;
        // There is room again.
        self.answers.iter_mut().for_each(|answer| answer.parked = false);
        answer
    }
}

/// A slot's number in llama.cpp.
fn sequence(slot: usize) -> i32 {
    i32::try_from(slot).expect("BUG: there are few slots")
}
