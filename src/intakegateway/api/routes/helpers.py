"""Helpers for whoever defines a task: ``/auto-match``, ``/suggest-transforms``, ``/validate-expression``, …"""

from __future__ import annotations

from typing import Annotated

from fastapi import Body

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.helpers import (
    ExpressionDraft,
    ExpressionView,
    MappingCheck,
    MappingSource,
    MappingText,
    MatchDraft,
    MatchView,
    ReadMapping,
    RuleTemplate,
    SuggestionDraft,
    SuggestionView,
    TransformDraft,
    TransformView,
    WarningsView,
    WrittenMapping,
)
from intakegateway.model.views.previews import TrialView

router = nouns(tags=["helpers"])

Drafts = Annotated[list[SuggestionDraft], Body(max_length=2000)]


@router.post("/auto-match", summary="Which field belongs to which column", responses=answers(404))
def auto_match(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: MatchDraft
) -> list[MatchView]:
    """By the same name, by letter case and separators, by synonyms, by what was matched before."""
    return gateway.mapping_help.auto_match(actor, project, draft)


@router.post("/suggest-transforms", summary="Transforms that make fields fit their columns")
def suggest_transforms(gateway: TheGateway, actor: CurrentActor, drafts: Drafts) -> list[SuggestionView]:
    """For each pair of a field and a column."""
    return gateway.mapping_help.suggest(drafts)


@router.post("/check-mapping", summary="What may be wrong with a mapping")
def check_mapping(gateway: TheGateway, actor: CurrentActor, draft: MappingCheck) -> WarningsView:
    """Required columns without a source, fields used twice or not at all, lossy casts, arrays into scalars."""
    return WarningsView(warnings=gateway.mapping_help.check(draft))


@router.post("/write-mapping", summary="A mapping as the text of a file")
def write_mapping(gateway: TheGateway, actor: CurrentActor, draft: MappingText) -> WrittenMapping:
    """Of a mapping that is not saved; that of a task is at `/tasks/{task}/mappings/file`."""
    return WrittenMapping(text=gateway.mapping_help.written(draft))


@router.post("/read-mapping", summary="The mapping in the text of a file")
def read_mapping(gateway: TheGateway, actor: CurrentActor, draft: MappingSource) -> ReadMapping:
    """Checked, and saved nowhere."""
    return ReadMapping(mapping=gateway.mapping_help.read(draft.text))


@router.post("/validate-expression", summary="Whether an expression is right")
def validate_expression(gateway: TheGateway, actor: CurrentActor, draft: ExpressionDraft) -> ExpressionView:
    """The type of its result, or what is wrong and at which character."""
    return gateway.mapping_help.expression(draft)


@router.post("/preview-transform", summary="Values before and after", responses=answers(503))
def preview_transform(gateway: TheGateway, actor: CurrentActor, draft: TransformDraft) -> TrialView:
    """Of the given rows: after mappings, transforms and rules, each row with its problems."""
    return gateway.mapping_help.try_mapping(draft)


@router.get("/transforms", summary="All transforms")
def find_transforms(gateway: TheGateway, actor: CurrentActor) -> list[TransformView]:
    """With their options as JSON schema."""
    return gateway.mapping_help.transforms()


@router.get("/rules/templates", summary="All kinds of rules")
def find_rule_templates(gateway: TheGateway, actor: CurrentActor) -> list[RuleTemplate]:
    """Each with an example to start from."""
    return gateway.mapping_help.rule_templates()
