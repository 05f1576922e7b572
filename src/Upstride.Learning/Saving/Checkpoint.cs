using System.Globalization;
using System.Numerics;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Saving;

/// <summary>
/// Everything that decides how a training goes on, in one safetensors file: parameters and buffers, what the optimizers remember, moving
/// averages,
/// random states and where in the data the run stands. A run that is killed, builds the same objects again and loads the file goes on with
/// the
/// same bits as one that was not.
/// </summary>
/// <remarks>
/// Taken between steps: gradients are not kept. Schedules need no place, being functions of an optimizer's steps. The file is written whole
/// or not at all, and the one before is there until the new one has its name.
/// </remarks>
public sealed class Checkpoint<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const string FormatKey = "format", Format = "upstride checkpoint 1";
    private const string PositionPrefix = "position.";

    /// <summary>The modules by name, whose parameters and buffers are kept.</summary>
    public IDictionary<string, Module<T>> Modules { get; } = new SortedDictionary<string, Module<T>>(StringComparer.Ordinal);

    /// <summary>
    /// The optimizers by name: steps, rates, decays, and what they remember of each parameter, all of which belong to
    /// <see cref="Modules"/>.
    /// </summary>
    public IDictionary<string, Optimizer<T>> Optimizers { get; } = new SortedDictionary<string, Optimizer<T>>(StringComparer.Ordinal);

    /// <summary>The moving averages by name, of parameters that belong to <see cref="Modules"/>.</summary>
    public IDictionary<string, MovingAverage<T>> Averages { get; } = new SortedDictionary<string, MovingAverage<T>>(StringComparer.Ordinal);

    /// <summary>The sources of random numbers by name.</summary>
    public IDictionary<string, RandomSource> Random { get; } = new SortedDictionary<string, RandomSource>(StringComparer.Ordinal);

    /// <summary>Where the run stands: integers by name, such as "epoch" and "image". Loading replaces all of them.</summary>
    public IDictionary<string, long> Position { get; } = new SortedDictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Writes the file.</summary>
    /// <param name="path">One that exists is replaced at the end.</param>
    /// <param name="cancellationToken">Asked before each tensor; where it is cancelled, the older file stays.</param>
    /// <exception cref="InvalidOperationException">A moving average is swapped in, or a parameter belongs to no module.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path, CancellationToken cancellationToken = default)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[FormatKey] = Format;
        Table(Position.ToDictionary(StringComparer.Ordinal)).AddTo(writer);
        writer.Write(path, cancellationToken);
    }

    /// <summary>Reads a file that was saved from the same modules, optimizers, averages and sources under the same names.</summary>
    /// <param name="path">The file. Where it does not fit, nothing is changed.</param>
    /// <param name="cancellationToken">Asked every 64 KiB; where it is cancelled, some of the state has been read and some not.</param>
    /// <exception cref="SafetensorsException">It is no checkpoint, or of another run; the message lists all that is missing, unexpected or
    /// different.</exception>
    /// <exception cref="InvalidOperationException">A moving average is swapped in, or a parameter belongs to no module.</exception>
    /// <exception cref="IOException">It cannot be opened or read at all.</exception>
    public void Load(string path, CancellationToken cancellationToken = default)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        if (!reader.Metadata.TryGetValue(FormatKey, out string? format) || !string.Equals(format, Format, StringComparison.Ordinal))
            throw new SafetensorsException(path, null,
                $"{FormatKey} = {SafetensorsException.Quote(format ?? "nothing")}, and must be {Format}: it is no checkpoint");

        // The run that goes on need not know the names of its integers before.
        Dictionary<string, long> position = reader.Tensors
            .Where(static tensor => tensor.Name.StartsWith(PositionPrefix, StringComparison.Ordinal))
            .ToDictionary(static tensor => tensor.Name[PositionPrefix.Length..], static _ => 0L, StringComparer.Ordinal);
        Table(position).Read(reader, exactTypes: true, static _ => false, cancellationToken);
        Position.Clear();
        foreach ((string name, long value) in position) Position.Add(name, value);
    }

    private StateTable Table(Dictionary<string, long> position)
    {
        var table = new StateTable();
        var names = new Dictionary<Parameter<T>, string>(ReferenceEqualityComparer.Instance);
        foreach ((string name, Module<T> module) in Modules)
        {
            table.AddModule($"modules.{name}.", module);
            foreach ((string inside, Parameter<T> parameter) in module.NamedParameters()) names.TryAdd(parameter, $"{name}.{inside}");
        }
        foreach ((string name, Optimizer<T> optimizer) in Optimizers) Add(table, $"optimizers.{name}", optimizer, names);
        foreach ((string name, MovingAverage<T> average) in Averages) Add(table, $"averages.{name}", average, names);
        foreach ((string name, RandomSource random) in Random)
        {
            RandomState state = random.State;
            ulong[] bits = [state.A, state.B, state.C, state.D];
            table.Add($"random.{name}", [bits.Length], () => bits.AsSpan(), () => random.State = new(bits[0], bits[1], bits[2], bits[3]));
        }
        foreach ((string name, long value) in position) AddNumber(table, PositionPrefix + name, value, loaded => position[name] = loaded);
        return table;
    }

    private static void Add(StateTable table, string prefix, Optimizer<T> optimizer, Dictionary<Parameter<T>, string> names)
    {
        AddNumber(table, $"{prefix}.steps", optimizer.Steps, steps => optimizer.Steps = steps);
        for (int i = 0; i < optimizer.Groups.Length; i++)
        {
            ParameterGroup<T> group = optimizer.Groups[i];
            AddNumber(table, string.Create(CultureInfo.InvariantCulture, $"{prefix}.groups.{i}.learningRate"), group.LearningRate,
                rate => group.LearningRate = rate);
            AddNumber(table, string.Create(CultureInfo.InvariantCulture, $"{prefix}.groups.{i}.weightDecay"), group.WeightDecay,
                decay => group.WeightDecay = decay);
        }
        foreach (OptimizerState<T> state in optimizer.States)
        {
            string name = $"{prefix}.states.{NameOf(state.Parameter, names, prefix)}";
            AddNumber(table, $"{name}.steps", state.Steps, steps => state.Steps = steps);
            for (int i = 0; i < state.Names.Count; i++)
            {
                T[] values = state.Writable(i);
                table.Add($"{name}.{state.Names[i]}", state.Parameter.Shape.AsSpan(), () => values.AsSpan());
            }
        }
    }

    private static void Add(StateTable table, string prefix, MovingAverage<T> average, Dictionary<Parameter<T>, string> names)
    {
        if (average.IsSwapped)
            throw new InvalidOperationException(
                $"{prefix} is swapped in, and the parameters of the run stand in its place: Swap back before");
        for (int i = 0; i < average.Parameters.Length; i++)
        {
            int place = i;
            table.Add($"{prefix}.{NameOf(average.Parameters[i], names, prefix)}", average.Parameters[i].Shape.AsSpan(),
                () => average.Writable(place));
        }
    }

    private static void AddNumber<TNumber>(StateTable table, string name, TNumber value, Action<TNumber> load)
        where TNumber : unmanaged, INumberBase<TNumber>
    {
        TNumber[] number = [value];
        table.Add(name, [], () => number.AsSpan(), () => load(number[0]));
    }

    private static string NameOf(Parameter<T> parameter, Dictionary<Parameter<T>, string> names, string user) =>
        names.TryGetValue(parameter, out string? name)
            ? name
            : throw new InvalidOperationException(
            $"{user} has a {parameter} that belongs to no module of the checkpoint, and so has no name: add its module");
}
