/** Statistics between admission and protobuf. */
import type { CheckFigures as Figures } from '../admission/check-figures.js';
import { latencyOf } from '../admission/latency-summary.js';
import { detectionRateOf, type History, perSecond, type SinceStart } from '../admission/statistics-desk.js';
import {
  type CheckFigures,
  type GetStatsHistoryResponse,
  type GetStatsResponse,
  StatsScope,
} from '../gen/acm/v1/stats.js';

const SCOPES: Readonly<Record<History['scope'], StatsScope>> = {
  sidecar: StatsScope.SIDECAR,
  all: StatsScope.ALL,
};

export function statsMessage({ figures, alertsBySeverity, ...rest }: SinceStart): GetStatsResponse {
  return { ...rest, figures: figuresMessage(figures), alertsBySeverity };
}

export function historyMessage({ scope, figures, points, ...rest }: History): GetStatsHistoryResponse {
  return {
    ...rest,
    scope: SCOPES[scope],
    figures: figuresMessage(figures),
    checksPerSecond: perSecond(figures.checks, rest.seconds),
    detectionsPerSecond: perSecond(figures.detections, rest.seconds),
    points: points.map(({ beganAt, seconds, figures: { checks, detections, rejected, alerts } }) => ({
      beganAt,
      seconds,
      checks,
      detections,
      rejected,
      alerts,
    })),
  };
}

function figuresMessage(figures: Figures): CheckFigures {
  const { checks, detections, rejected, observed, alerts } = figures;
  return {
    checks,
    detections,
    detectionRate: detectionRateOf(figures),
    rejected,
    observed,
    alerts,
    latency: latencyOf(figures),
  };
}
