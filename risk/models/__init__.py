"""Risk: who must be looked at again, what we concluded, why, and by which rules."""

from risk.models.alert import Alert
from risk.models.assessment import Assessment, CurrentRisk, FeatureSnapshot, PendingDecision
from risk.models.log_partition import LogPartition
from risk.models.model_version import ModelArtifact, ModelDecision, ModelVersion
from risk.models.monitoring import MonitoringReport
from risk.models.portfolio import PortfolioCount, PortfolioCounting
from risk.models.probe import SystemProbe
from risk.models.queue import DayEvaluation, DayRange, DirtyCustomer
from risk.models.rulebook import Rulebook
from risk.models.shadow import ShadowRisk
from risk.models.trend import RiskTrendPoint

__all__ = [
    "Alert",
    "Assessment",
    "CurrentRisk",
    "DayEvaluation",
    "DayRange",
    "DirtyCustomer",
    "FeatureSnapshot",
    "LogPartition",
    "ModelArtifact",
    "ModelDecision",
    "ModelVersion",
    "MonitoringReport",
    "PendingDecision",
    "PortfolioCount",
    "PortfolioCounting",
    "RiskTrendPoint",
    "Rulebook",
    "ShadowRisk",
    "SystemProbe",
]
