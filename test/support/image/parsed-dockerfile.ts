/** A Dockerfile as its stages and their steps; variables of ARG are put in where Docker does so itself. */
import {
  DockerfileParser,
  type From,
  type Instruction,
  JSONInstruction,
  ModifiableInstruction,
  PropertyInstruction,
} from 'dockerfile-ast';

export interface Step {
  /** In capitals. */
  readonly keyword: string;
  readonly line: number;
  /** Without the keyword and line breaks; flags are in it. */
  readonly text: string;
  /** Without flags, with variables put in. */
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  /** The words of the exec form; undefined for the shell form. */
  readonly exec: readonly string[] | undefined;
  /** Of ENV, LABEL and ARG. */
  readonly properties: ReadonlyMap<string, string>;
}

export interface Stage {
  /** After AS; '' without a name. */
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly from: string;
  readonly line: number;
  readonly steps: readonly Step[];
}

export function parseDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction);
    if (step.keyword === 'FROM')
      stages.push({
        name: (instruction as From).getBuildStage() ?? '',
        from: step.words[0],
        line: step.line,
        steps: [],
      });
    // ARG before the first FROM belongs to no stage.
    else stages.at(-1)?.steps.push(step);
  }
  return stages;
}

function stepOf(instruction: Instruction): Step {
  const words = instruction.getExpandedArguments().map((argument) => argument.getValue());
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  const properties = instruction instanceof PropertyInstruction ? instruction.getProperties() : [];
  return {
    keyword: instruction.getKeyword(),
    line: instruction.getRange().start.line + 1,
    text: instruction.getArgumentsContent() ?? '',
    words,
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    exec: execOf(instruction),
    properties: new Map(properties.map((property) => [property.getName(), property.getValue() ?? ''])),
  };
}

function execOf(instruction: Instruction): readonly string[] | undefined {
  if (instruction instanceof JSONInstruction && instruction.getOpeningBracket() !== null)
    return instruction.getJSONStrings().map((each) => each.getJSONValue());
  // The library takes the command of a health check for plain words.
  const [, list] = /^CMD\s+(\[.*\])$/.exec(instruction.getArgumentsContent() ?? '') ?? [];
  return list === undefined ? undefined : (JSON.parse(list) as string[]);
}
