import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import Login from '@/pages/welcome/Login';

// The shell and everything below it is loaded when somebody is signed in; Ant Design below AntFrame only.
const Setup = lazy(() => import('@/pages/welcome/Setup'));
const Invitation = lazy(() => import('@/pages/welcome/Invitation'));
const AppShell = lazy(() => import('@/shell/AppShell'));
const AntFrame = lazy(() => import('@/shell/AntFrame'));
const Dashboard = lazy(() => import('@/pages/dashboard/Dashboard'));
const Tasks = lazy(() => import('@/pages/tasks/Tasks'));
const TaskDetail = lazy(() => import('@/pages/tasks/TaskDetail'));
const TaskWizard = lazy(() => import('@/pages/wizard/TaskWizard'));
const Runs = lazy(() => import('@/pages/runs/Runs'));
const RunDetail = lazy(() => import('@/pages/runs/RunDetail'));
const Schedules = lazy(() => import('@/pages/schedules/Schedules'));
const Connections = lazy(() => import('@/pages/connections/Connections'));
const Files = lazy(() => import('@/pages/files/Files'));
const Projects = lazy(() => import('@/pages/projects/Projects'));
const Settings = lazy(() => import('@/pages/settings/Settings'));
const Audit = lazy(() => import('@/pages/audit/Audit'));
const NotFound = lazy(() => import('@/pages/NotFound'));

export function Pages() {
  return (
    <Routes>
      <Route path="/login" element={<Login />} />
      <Route path="/setup" element={<Setup />} />
      <Route path="/invitation" element={<Invitation />} />
      <Route element={<AppShell />}>
        <Route index element={<Dashboard />} />
        <Route element={<AntFrame />}>
          <Route path="tasks" element={<Tasks />} />
          <Route path="tasks/new" element={<TaskWizard />} />
          <Route path="tasks/:task" element={<TaskDetail />} />
          <Route path="tasks/:task/edit" element={<TaskWizard />} />
          <Route path="runs" element={<Runs />} />
          <Route path="runs/:run" element={<RunDetail />} />
          <Route path="schedules" element={<Schedules />} />
          <Route path="connections" element={<Connections />} />
          <Route path="connections/:connection" element={<Connections />} />
          <Route path="files" element={<Files />} />
          <Route path="projects" element={<Projects />} />
          <Route path="settings" element={<Settings />} />
          <Route path="audit" element={<Audit />} />
        </Route>
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}
