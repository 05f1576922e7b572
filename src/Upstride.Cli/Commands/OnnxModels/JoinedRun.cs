using Upstride.Cli.Reports;
using Upstride.Imaging;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>
/// What <c>run</c> does with several files for an input: they go through together, along the batch axis, where the model takes a batch,
/// else in runs of as many as it takes.
/// </summary>
internal sealed class JoinedRun
{
    private readonly OnnxSession _session;
    private readonly PictureTensor _pictures;
    private readonly Func<PictureFit?> _fit;
    private readonly Dictionary<string, List<string>> _given;
    private readonly Dictionary<string, List<string>> _kept;
    private readonly string _format;

    // The files of the first input that has several: errors and what is written are named by them.
    private readonly string[] _names;

    /// <param name="session">The model.</param>
    /// <param name="pictures">Pictures as it sees them.</param>
    /// <param name="fit">Makes what resizes the pictures of one file; null for nothing.</param>
    /// <param name="given">The files of each input.</param>
    /// <param name="kept">The files of each output.</param>
    /// <param name="format">The extension of what goes to a folder.</param>
    /// <exception cref="CommandException">Inputs have several files of other numbers.</exception>
    public JoinedRun(OnnxSession session, PictureTensor pictures, Func<PictureFit?> fit, Dictionary<string, List<string>> given,
        Dictionary<string, List<string>> kept, string format)
    {
        (_session, _pictures, _fit, _given, _kept, _format) = (session, pictures, fit, given, kept, format);
        (string name, List<string> files) = given.First(static input => input.Value.Count > 1);
        _names = [.. files];
        foreach ((string other, List<string> its) in given)
            if (its.Count > 1 && its.Count != _names.Length)
                throw CommandException.BadInput("input",
                    $"'{name}' has {_names.Length} files, and '{other}' {its.Count}: both must be equal, or one be 1");
    }

    /// <summary>What is to be told, a sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Runs the model and writes all files, or none.</summary>
    /// <param name="most">Files that go through together at most; null for all.</param>
    /// <param name="cancellation">Ends it.</param>
    public List<RunOutput> Run(int? most, CancellationToken cancellation)
    {
        int size = SizeOf(most);
        using var targets = new JoinedTargets(_names, _kept, _format);
        for (int start = 0; start < _names.Length; start += size)
        {
            JoinedFile[] files = [.. Enumerable.Range(start, Math.Min(size, _names.Length - start)).Select(i => Read(i, cancellation))];
            if (size > 1 && TogetherOrNull(files, cancellation) is { } outputs)
            {
                Keep(targets, files, outputs, cancellation);
                continue;
            }
            size = 1;
            foreach (JoinedFile file in files)
                Named(file.Index, () => Keep(targets, [file], Outputs([file], cancellation), cancellation));
            start += files.Length - 1;
        }
        targets.Commit(cancellation);
        return targets.Written;
    }

    /// <summary>What a batch below 1 is refused by.</summary>
    public static CommandException TooSmall(int most) => CommandException.BadInput("batch", $"--batch is {most}, and must be at least 1");

    // As many as are asked for; of a model of a larger batch than 1, that.
    private int SizeOf(int? most)
    {
        if (most < 1) throw TooSmall(most.Value);
        int size = Math.Min(most ?? _names.Length, _names.Length);
        if (Several().Select(static input => input.Dimensions is [{ Length: > 1 and var fixedBatch }, ..] ? (int?)fixedBatch : null)
            .FirstOrDefault(static fixedBatch => fixedBatch is not null) is not { } needed) return size;
        if (most is not null && most != needed)
            throw CommandException.BadInput("batch", $"--batch is {most}, and the model takes {needed} at a time: both must be equal");
        return _names.Length % needed == 0 ? needed : throw CommandException.BadInput("input",
            $"{_names.Length} files are given, and the model takes {needed} at a time: give a multiple of that");
    }

    private IEnumerable<OnnxValueInfo> Several() => _session.Inputs.Concat(_session.OptionalInputs)
        .Where(input => _given.TryGetValue(input.Name, out List<string>? files) && files.Count > 1);

    private JoinedFile Read(int index, CancellationToken cancellation) => Named(index, () =>
    {
        PictureFit? fit = _fit();
        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in Several())
        {
            string path = _given[input.Name][index];
            OnnxTensor tensor = RunCommand.Read(path, input, _pictures, fit, cancellation);
            if (tensor.Shape is not [1, ..])
                throw CommandException.BadInput("input", $"'{path}' is {tensor}, and each of several has 1 as its first axis");
            inputs.Add(input.Name, tensor);
        }
        return new JoinedFile(index, inputs, fit);
    });

    // A model of a batch of 1 says by a refusal that its graph takes no more; one by one they show what else is wrong.
    private IReadOnlyDictionary<string, OnnxTensor>? TogetherOrNull(JoinedFile[] files, CancellationToken cancellation)
    {
        try
        {
            return Outputs(files, cancellation);
        }
        catch (ArgumentException refusal) when (Several().All(static input => input.Dimensions is [{ Length: 1 }, ..]))
        {
            Notes.Add($"one after the other: {Failure.TextOf(refusal)}");
            return null;
        }
    }

    private IReadOnlyDictionary<string, OnnxTensor> Outputs(JoinedFile[] files, CancellationToken cancellation)
    {
        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in _session.Inputs.Concat(_session.OptionalInputs))
        {
            if (!_given.TryGetValue(input.Name, out List<string>? given)) continue;
            inputs.Add(input.Name, given.Count == 1 ? RunCommand.Read(given[0], input, _pictures, _fit(), cancellation)
                : Joined(input.Name, files));
        }
        return Interruptible.Run(() => _session.Run(inputs, cancellation), cancellation);
    }

    private OnnxTensor Joined(string input, JoinedFile[] files)
    {
        OnnxTensor first = files[0].Inputs[input];
        foreach (JoinedFile file in files)
            if (!file.Inputs[input].Shape.SequenceEqual(first.Shape))
                throw CommandException.BadInput("input",
                    $"'{_given[input][file.Index]}' is {file.Inputs[input]}, and '{_given[input][files[0].Index]}' {first}: what goes "
                    + "through together has one size; --fit resizes pictures to one that the model needs, and --batch 1 runs each by "
                    + "itself");
        return TensorFile.Join([.. files.Select(file => file.Inputs[input])]);
    }

    private void Keep(JoinedTargets targets, JoinedFile[] files, IReadOnlyDictionary<string, OnnxTensor> outputs,
        CancellationToken cancellation)
    {
        foreach (string name in targets.Names)
        {
            OnnxTensor tensor = outputs[name];
            if (targets.IsJoined(name))
            {
                targets.Add(name, tensor);
                continue;
            }
            if (files.Length > 1 && (tensor.Shape.Length == 0 || tensor.Shape[0] != files.Length))
                throw CommandException.BadInput("output",
                    $"output '{name}' is {tensor} for {files.Length} files, and its first axis is not theirs: write it as one .npy file, "
                    + "or give --batch 1");
            for (int i = 0; i < files.Length; i++)
            {
                JoinedFile file = files[i];
                OnnxTensor own = files.Length > 1 ? TensorFile.Row(tensor, i) : tensor;
                Named(file.Index, () => targets.Write(name, file.Index, own, () => PictureOf(own, name, file), cancellation));
            }
        }
        foreach (JoinedFile file in files) Notes.AddRange((file.Fit?.Notes ?? []).Select(note => $"{_names[file.Index]}: {note}"));
    }

    private ImageBuffer PictureOf(OnnxTensor tensor, string name, JoinedFile file)
    {
        ImageBuffer picture = _pictures.ToPicture(tensor, name);
        return file.Fit?.Out(picture, name) ?? picture;
    }

    private void Named(int index, Action action) => Named(index, () =>
    {
        action();
        return true;
    });

    // What goes wrong with one of several files says which.
    private T Named<T>(int index, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (Failure.Of(fault) is { } failure && fault is not OperationCanceledException
            && !failure.Message.Contains(_names[index], StringComparison.Ordinal))
        {
            throw new CommandException(failure.ExitCode, failure.Parameter, $"{_names[index]}: {failure.Message}", fault);
        }
    }

    /// <summary>One of the files: what goes in, and what resized its pictures.</summary>
    private sealed record JoinedFile(int Index, Dictionary<string, OnnxTensor> Inputs, PictureFit? Fit);
}
