using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Compilation.Stages;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx;

/// <summary>
/// A model that runs: any number of times, from any number of threads. For each set of input shapes it makes a plan once, in which
/// every size is known, and keeps it; what depends on sizes that come out of a run, as the number of boxes that a detector finds, has a
/// plan of its own for each set of these.
/// </summary>
/// <example>
/// <code><![CDATA[
/// using OnnxSession decoder = OnnxSession.Load(path);
/// Tensor<float> image = decoder.Run(latent);
/// ]]></code>
/// </example>
public sealed class OnnxSession : IDisposable
{
    private readonly StageRunner _plans;

    /// <summary>Makes a session of a model that was read.</summary>
    /// <exception cref="ArgumentException">The settings name a cache, and the model was not read from a file.</exception>
    /// <exception cref="IOException">The settings name a cache, and the model's file cannot be read once more.</exception>
    public OnnxSession(OnnxModel model, OnnxSessionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _plans = new(model.Graph, PlanCache.Open(model, settings ?? OnnxSessionSettings.Default));
    }

    /// <summary>The model.</summary>
    public OnnxModel Model { get; }

    /// <summary>What a run needs, in the model's order.</summary>
    public ImmutableArray<OnnxValueInfo> Inputs => Model.Inputs;

    /// <summary>What a run may be given, in the model's order: inputs that have an initialiser as their default.</summary>
    public ImmutableArray<OnnxValueInfo> OptionalInputs => Model.OptionalInputs;

    /// <summary>What a run gives, in the model's order.</summary>
    public ImmutableArray<OnnxValueInfo> Outputs => Model.Outputs;

    /// <summary>Plans that were made so far of the stages of each depth.</summary>
    internal IReadOnlyList<int> PlansMade => _plans.PlansMade;

    /// <summary>Reads a model and makes a session of it.</summary>
    /// <inheritdoc cref="OnnxModel.Load(string)"/>
    public static OnnxSession Load(string path, OnnxSessionSettings? settings = null) => new(OnnxModel.Load(path), settings);

    /// <summary>Reads a model that has no external files and makes a session of it.</summary>
    /// <inheritdoc cref="OnnxModel.Load(string)"/>
    public static OnnxSession Load(Stream stream, OnnxSessionSettings? settings = null) => new(OnnxModel.Load(stream), settings);

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">A tensor for each input, by name, and for those of the optional inputs that are to be others than their
    /// defaults.</param>
    /// <param name="cancellationToken">Ends the run between two nodes.</param>
    /// <returns>A tensor for each output, by name.</returns>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape than the model needs.</exception>
    /// <exception cref="OnnxFormatException">A node refuses the shapes that come to it; the message names the node.</exception>
    /// <exception cref="OnnxUnsupportedException">A run would need more memory than the settings allow.</exception>
    public IReadOnlyDictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs,
        CancellationToken cancellationToken = default)
    {
        OnnxTensor?[] ordered = InputCheck.Order(Model, inputs);
        OnnxTensor[] results = RunStages(ordered, static (_, type) => StagePlan.New(type), cancellationToken);
        var named = new OrderedDictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (int i = 0; i < results.Length; i++) named.Add(Outputs[i].Name, results[i]);
        return named;
    }

    /// <summary>Runs a model of one input and one output, both of floating-point numbers.</summary>
    /// <param name="input">Of the shape that the model declares; read in place where it is dense.</param>
    /// <param name="cancellationToken">Ends the run between two nodes.</param>
    /// <exception cref="InvalidOperationException">The model has several inputs or outputs, or gives no floating-point numbers.</exception>
    /// <inheritdoc cref="Run(IReadOnlyDictionary{string, OnnxTensor}, CancellationToken)"/>
    public unsafe Tensor<float> Run(in ReadOnlyTensorSpan<float> input, CancellationToken cancellationToken = default)
    {
        RequireSingle();
        fixed (float* elements = TensorMemory.Contiguous(input))
        {
            OnnxTensor?[] inputs = InputAt((nint)elements, input.Lengths);
            return RunStages(inputs, static (_, type) => StagePlan.New(RequireFloats(type)), cancellationToken)[0].IntoTensor();
        }
    }

    /// <summary>
    /// Runs a model of one input and one output into memory of the caller's; where both tensors are dense, without another copy of either.
    /// </summary>
    /// <param name="input">Of the shape that the model declares.</param>
    /// <param name="destination">Of the shape that comes out; overwritten; may not share memory with <paramref name="input"/>.</param>
    /// <param name="cancellationToken">Ends the run between two nodes.</param>
    /// <exception cref="ArgumentException">The destination has another shape than the output, or shares memory with the input, or as with
    /// the other overloads.</exception>
    /// <inheritdoc cref="Run(in ReadOnlyTensorSpan{float}, CancellationToken)"/>
    public unsafe void Run(in ReadOnlyTensorSpan<float> input, in TensorSpan<float> destination,
        CancellationToken cancellationToken = default)
    {
        RequireSingle();
        Require.Disjoint(input, destination, nameof(input));
        fixed (float* elements = TensorMemory.Contiguous(input))
        {
            OnnxTensor?[] inputs = InputAt((nint)elements, input.Lengths);
            nint[] lengths = destination.Lengths.ToArray();
            ContiguousDestination<float> contiguous = TensorMemory.Destination(destination);
            fixed (float* results = contiguous.Span)
            {
                nint address = (nint)results;
                RunStages(inputs, (_, type) => RequireFloats(type).Shape.Lengths.SequenceEqual(lengths) ? new(type, address)
                    : throw new ArgumentException($"destination is {TensorMemory.Text(lengths)}, and the output {type.Shape}: both must be "
                        + "equal", nameof(destination)), cancellationToken);
            }
            contiguous.Commit();
        }
    }

    /// <inheritdoc cref="Run(in ReadOnlyTensorSpan{float}, CancellationToken)"/>
    public Tensor<float> Run(Tensor<float> input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Run(input.AsReadOnlyTensorSpan(), cancellationToken);
    }

    /// <summary>How the model runs for these inputs: what the compiler left of it, the algorithms, the work and the memory.</summary>
    /// <param name="inputs">A tensor for each input, by name.</param>
    /// <param name="measuredRuns">Runs of which the shortest time of each node is taken; 0 measures nothing. A model whose sizes come out
    /// as it runs is run once for them in any case, up to its last stage.</param>
    /// <param name="cancellationToken">Ends the measurement between two nodes.</param>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape than the model needs.</exception>
    /// <exception cref="OnnxFormatException">A node refuses the shapes that come to it; the message names the node.</exception>
    /// <exception cref="OnnxUnsupportedException">A run would need more memory than the settings allow.</exception>
    public OnnxPlan Explain(IReadOnlyDictionary<string, OnnxTensor> inputs, int measuredRuns = 0,
        CancellationToken cancellationToken = default)
    {
        OnnxTensor?[] ordered = InputCheck.Order(Model, inputs);
        (Func<int, TensorType, OnnxTensor> place, Func<OnnxFormatException, Exception>? refusal) =
            ForBatch(ordered, static (_, type) => StagePlan.New(type));
        return _plans.Describe(ordered, measuredRuns, place, refusal, cancellationToken);
    }

    /// <summary>Releases the plans and their memory; a run in progress ends first.</summary>
    public void Dispose() => _plans.Dispose();

    private static TensorType RequireFloats(TensorType type) => type.Storage == Storage.Float ? type
        : throw new InvalidOperationException($"the model gives {type}, and not floating-point numbers: give the input by name");

    private OnnxTensor?[] InputAt(nint address, ReadOnlySpan<nint> lengths)
    {
        // Those that may be left out are.
        var inputs = new OnnxTensor?[1 + OptionalInputs.Length];
        inputs[0] = InputCheck.Fit(Inputs[0], new(new(OnnxElementType.Float32, new(lengths)), address));
        return inputs;
    }

    private OnnxTensor[] RunStages(OnnxTensor?[] inputs, Func<int, TensorType, OnnxTensor> place, CancellationToken cancellationToken)
    {
        (place, Func<OnnxFormatException, Exception>? refusal) = ForBatch(inputs, place);
        return _plans.Run(inputs, place, refusal, cancellationToken);
    }

    // A batch that the model does not declare is right where its graph takes it from the inputs to every output.
    private (Func<int, TensorType, OnnxTensor> Place, Func<OnnxFormatException, Exception>? Refusal) ForBatch(
        OnnxTensor?[] inputs, Func<int, TensorType, OnnxTensor> place)
    {
        if (InputCheck.LargerBatch(Inputs, inputs) is not var (input, batch)) return (place, null);
        return ((output, type) => type.Shape.Rank > 0 && type.Shape[0] == batch ? place(output, type)
            : throw Refusal($"output '{Outputs[output].Name}' would be {type}", null), fault => Refusal(fault.Message, fault));

        ArgumentException Refusal(string reason, Exception? fault) => new(
            $"input '{input.Name}' has a batch of {batch}, and the model needs {input.TypeText}, whose graph does not allow more than 1: "
                + $"{reason}", input.Name, fault);
    }

    private void RequireSingle()
    {
        if (Inputs.Length != 1 || Outputs.Length != 1)
            throw new InvalidOperationException(
                $"the model has {Inputs.Length} inputs ({string.Join(", ", Inputs)}) and {Outputs.Length} outputs "
                    + $"({string.Join(", ", Outputs)}): give the inputs by name");
    }
}
