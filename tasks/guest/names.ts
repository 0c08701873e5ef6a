/** Ids of tasks that other tasks point to, for tasks: what runs before them reads the same ones. */

export * from '../../src/config/task-names.ts';
