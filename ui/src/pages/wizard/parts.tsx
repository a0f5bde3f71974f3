import { lazy } from 'react';

// The large editors come when their step is opened.
export const MappingEditor = lazy(() => import('@/components/mapping/MappingEditor'));
export const RuleList = lazy(() => import('@/components/rules/RuleList'));
export const CronBuilder = lazy(() => import('@/components/cron/CronBuilder'));
