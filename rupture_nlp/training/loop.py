"""The training loop: batches in, weights out; stopped at any step it goes on from there."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rupture_nlp.engines.processor import computes_bf16
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.training.batches import collate, unasked, window_tensors
from rupture_nlp.training.checkpoint import Position, load_checkpoint, save_checkpoint
from rupture_nlp.training.losses import ClassWeights, batch_loss, class_weights, summed
from rupture_nlp.training.material import (
    TrainingSession,
    TrainingWindow,
    data_hash,
    draw_epoch,
)
from rupture_nlp.training.processes import (
    add_up_gradients,
    added_up,
    is_first,
    make_accelerator,
    own_share,
    process_count,
    rank,
    told_by_first,
    wait_for_all,
)
from rupture_nlp.training.settings import TrainSettings, as_recorded
from rupture_nlp.training.targets import Targets

log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.safetensors"
BEST = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a caller may show while a run goes on."""

    step: int
    steps: int
    loss: float
    seconds_left: float


def train_network(
    network: LabelNetwork,
    sessions: Sequence[TrainingSession],
    settings: TrainSettings,
    run_folder: Path,
    on_step: Callable[[Progress], None] = lambda _: None,
    validate: Callable[[LabelNetwork], float] | None = None,
) -> None:
    """Train `network` in place. The run folder gets `metrics.jsonl` and a checkpoint.

    With `validate` each epoch is scored, the higher the better; the network ends with the weights
    of the best epoch, and training stops after `settings.patience` epochs without a better one.

    Same network, data, settings, machine and number of threads give the same weights, also when
    the run was killed in between and started again with the same arguments.

    Raises:
        RunError: the folder holds a checkpoint of other settings or data.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    accelerator = make_accelerator(bf16=settings.bf16 and computes_bf16())
    torch.manual_seed(settings.seed)
    optimizer = _optimizer(network, settings)
    checkpoint = run_folder / CHECKPOINT
    position = load_checkpoint(checkpoint, network, optimizer, _fingerprint(sessions, settings))
    # Gradients are added up here, by the rows that were asked, which DDP could not know.
    model = accelerator.prepare_model(network, evaluation_mode=True)
    prepared = accelerator.prepare_optimizer(optimizer)
    epochs = [draw_epoch(sessions, settings, epoch) for epoch in range(settings.epochs)]
    run = _Run(accelerator, model, prepared, settings, _weights(sessions, settings))
    run.validate = validate
    run.steps = sum(len(epoch) for epoch in epochs)
    if is_first():
        _forget_after(run_folder / "metrics.jsonl", position)
    start = position or Position(0, 0, 0, _fingerprint(sessions, settings))
    _run_epochs(run, epochs, start, run_folder, on_step)
    if validate is not None:
        network.load_state_dict(load_file(run_folder / BEST))
        wait_for_all()
        if is_first():
            (run_folder / BEST).unlink()


class _Run:
    """The moving parts of one run, and the one thing done with them: a step."""

    def __init__(
        self,
        accelerator: Accelerator,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        settings: TrainSettings,
        weights: ClassWeights,
    ) -> None:
        self.accelerator = accelerator
        self.model = model
        self.optimizer = optimizer
        self.settings = settings
        self.steps = 0
        self.validate: Callable[[LabelNetwork], float] | None = None
        self.weights = ClassWeights(weights.rupture.to(accelerator.device), weights.members)
        self.peaks = [group["lr"] for group in optimizer.param_groups]

    def step(self, windows: Sequence[TrainingWindow], done: int) -> float:
        """One optimiser step; its loss."""
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * _schedule(done, self.steps, self.settings.warmup_share)
        self.model.train()
        if process_count() > 1:
            # Each process drops out its own; a run that was killed draws the same again.
            torch.manual_seed((self.settings.seed * 1_000_003 + done) * 1_000 + rank())
        loss = self._loss(windows)
        self.accelerator.backward(loss)
        add_up_gradients(self.model)
        self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(added_up(loss.detach()))

    def _loss(self, windows: Sequence[TrainingWindow]) -> Tensor:
        """Of this process's part of the batch; those of all processes add up to the batch's."""
        bare = self.accelerator.unwrap_model(self.model)
        device = self.accelerator.device
        own = own_share(windows)
        arrays, places, targets = collate(own or windows[:1], bare.config.tokens, device)
        with self.accelerator.autocast():
            vectors = bare.encode(**window_tensors(arrays, device), slots=arrays.slots)
        chosen = vectors.float().flatten(0, 1)[places]
        logits = self.model(chosen, targets.is_patient)
        if not own:
            targets = unasked(targets)
        return batch_loss(logits, targets, self.weights, self.settings.losses, added_up)


def _run_epochs(
    run: _Run,
    epochs: list[list[list[TrainingWindow]]],
    start: Position,
    run_folder: Path,
    on_step: Callable[[Progress], None],
) -> None:
    done, began, first = start.total_steps, time.monotonic(), start.total_steps
    best, saved = start, began
    for epoch in range(start.epoch, len(epochs)):
        if _has_stopped(run, best, epoch):
            return
        skip = start.step if epoch == start.epoch else 0
        for number in range(skip, len(epochs[epoch])):
            loss = run.step(epochs[epoch][number], done)
            done += 1
            _append(run_folder / "metrics.jsonl", {"step": done, "epoch": epoch, "loss": loss})
            left = (time.monotonic() - began) / (done - first) * (run.steps - done)
            on_step(Progress(done, run.steps, loss, left))
            if done == run.steps or _is_due(run.settings, done, saved):
                _save(
                    run, run_folder, replace(best, epoch=epoch, step=number + 1, total_steps=done)
                )
                saved = time.monotonic()
        if run.validate is not None:
            best = _scored(run, run_folder, best, epoch)
            _save(run, run_folder, replace(best, epoch=epoch + 1, step=0, total_steps=done))
            saved = time.monotonic()


def _is_due(settings: TrainSettings, done: int, saved: float) -> bool:
    """Whether to save now, the last time being `saved`; all processes have the first one's word."""
    late = time.monotonic() - saved >= 60 * settings.checkpoint_minutes
    return done % settings.checkpoint_steps == 0 or bool(told_by_first(float(late)))


def _has_stopped(run: _Run, best: Position, epoch: int) -> bool:
    patience = run.settings.patience
    return bool(run.validate and patience and epoch - best.best_epoch > patience)


def _scored(run: _Run, run_folder: Path, best: Position, epoch: int) -> Position:
    """The best epoch so far, this one counted. Its weights are kept before anything says so."""
    network = run.accelerator.unwrap_model(run.model)
    score = told_by_first(run.validate(network) if run.validate and is_first() else float("nan"))
    record = {"epoch": epoch, "validation": score}
    _append(run_folder / "metrics.jsonl", record)
    log.info("%s: epoch %d, validation %.3f", run_folder.name, epoch + 1, score)
    if best.best_epoch >= 0 and score <= best.best_score:
        return best
    if is_first():
        with atomic_path(run_folder / BEST) as temporary:
            save_file({k: v.contiguous() for k, v in network.state_dict().items()}, temporary)
    return replace(best, best_epoch=epoch, best_score=score)


def _save(run: _Run, run_folder: Path, at: Position) -> None:
    if is_first():
        network = run.accelerator.unwrap_model(run.model)
        save_checkpoint(run_folder / CHECKPOINT, network, run.optimizer, at)
    wait_for_all()


def _schedule(done: int, steps: int, warmup_share: float) -> float:
    warmup = max(1, int(steps * warmup_share))
    if done < warmup:
        return (done + 1) / warmup
    return max(0.0, (steps - done) / max(1, steps - warmup))


def _optimizer(network: LabelNetwork, settings: TrainSettings) -> torch.optim.AdamW:
    groups = [
        {"params": _learning(network.encoder), "lr": settings.encoder_learning_rate},
        {"params": _learning(network.heads), "lr": settings.head_learning_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


def _learning(part: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in part.parameters() if parameter.requires_grad]


def _weights(sessions: Sequence[TrainingSession], settings: TrainSettings) -> ClassWeights:
    asked = [torch.from_numpy(s.targets.ask_rupture) for s in sessions]
    answers = [torch.from_numpy(s.targets.rupture)[a] for s, a in zip(sessions, asked, strict=True)]
    patients = [
        torch.from_numpy(s.targets.is_patient)[a] for s, a in zip(sessions, asked, strict=True)
    ]
    members = () if settings.labels.apart else settings.labels.members
    balance = settings.losses.class_balance
    weights = class_weights(summed(torch.cat(answers), members), torch.cat(patients), balance)
    return replace(weights, members=members)


def _fingerprint(sessions: Sequence[TrainingSession], settings: TrainSettings) -> str:
    digest = sha256(
        (json.dumps(as_recorded(settings), sort_keys=True) + data_hash(sessions)).encode()
    )
    for session in sessions:
        for name in Targets.__slots__:
            digest.update(getattr(session.targets, name).tobytes())
    return digest.hexdigest()[:16]


def _append(path: Path, record: dict[str, float | int]) -> None:
    if not is_first():
        return
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(record) + "\n")


def _forget_after(path: Path, position: Position | None) -> None:
    # What comes after the checkpoint will be done again; its first lines would stand twice.
    if path.exists():
        kept = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.endswith("}") and position and _is_before(json.loads(line), position)
        ]
        write_text(path, "".join(f"{line}\n" for line in kept))


def _is_before(record: dict[str, float], position: Position) -> bool:
    if "step" in record:
        return record["step"] <= position.total_steps
    return record["epoch"] < position.epoch
