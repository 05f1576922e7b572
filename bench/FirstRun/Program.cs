using System.Globalization;
using Upstride.Bench.Measuring;
using Upstride.Bench.Networks;

// What 'Upstride.Bench files FILE... --first N --host PROGRAM' starts: this alone, for programs compiled ahead of time.
if (args is not ["files", var file, "--single", "upstride", "--threads", var threads, "--clock", "cpu" or "wall", .. var rest]
    || rest is not ([] or ["--cache", _]))
{
    Console.Error.WriteLine("usage: FirstRun files FILE --single upstride --threads N --clock cpu|wall [--cache FOLDER]");
    return 2;
}

FirstRuns.PrintUpstride(file, int.Parse(threads, CultureInfo.InvariantCulture), new Clock(args[7] is "cpu"), rest.ElementAtOrDefault(1));
return 0;
