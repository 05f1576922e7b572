using System.Collections.Immutable;
using Upstride.Learning;
using Upstride.Models.Inference;
using Upstride.Onnx.Export;

namespace Upstride.Models.Upscaling;

/// <summary>
/// A network with its parameters, to be trained or used, that makes larger luma of luma, both in 0 to 1. It sees a picture continued by its
/// border: beyond the border stands, without end, what stands on it.
/// </summary>
public abstract class UpscalingNetwork : Module<float>, IOnnxExportable<float>
{
    /// <summary>How much larger the output is along each axis.</summary>
    public abstract int Scale { get; }

    /// <summary>The scales that the weights serve, rising: <see cref="Scale"/>, and of a pyramid those of its other levels too.</summary>
    public virtual ImmutableArray<int> Scales => [Scale];

    /// <summary>The architecture's name in files and reports.</summary>
    public abstract string Architecture { get; }

    /// <summary>The architecture and its sizes, as people say it.</summary>
    public abstract string Name { get; }

    /// <summary>Weights in use, without biases and slopes.</summary>
    public abstract int Weights { get; }

    /// <summary>Enlarges luma.</summary>
    /// <param name="input">[batch, 1, height, width], in 0 to 1.</param>
    /// <returns>[batch, 1, scale height, scale width], near 0 to 1.</returns>
    public sealed override Variable<float> Forward(Variable<float> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int reach = ToPlaneNetwork().Reach, crop = Scale * reach;
        Variable<float> continued = Continue(input, reach), output = KeepConstants(continued, ForwardInside(continued));
        for (int axis = 2; axis < 4; axis++)
            output = Functions.Slice(output, axis, crop, (int)output.Shape[axis] - 2 * crop);
        return output;
    }

    /// <summary>
    /// Enlarges luma with zeros beyond the border in place of what stands on it. Away from the border, by as much as the network looks
    /// around, it gives what <see cref="Forward"/> gives, but for what makes that keep constants, for less: for training on patches.
    /// </summary>
    /// <param name="input">[batch, 1, height, width], in 0 to 1.</param>
    /// <returns>[batch, 1, scale height, scale width], near 0 to 1.</returns>
    public abstract Variable<float> ForwardInside(Variable<float> input);

    /// <summary>
    /// Enlarges luma for training, as <see cref="ForwardInside"/> does, and gives what each level makes on the way, each twice as large as
    /// the one before.
    /// </summary>
    /// <param name="input">[batch, 1, height, width], in 0 to 1.</param>
    /// <param name="scale">How much larger the last one is; one of <see cref="Scales"/>.</param>
    internal virtual IReadOnlyList<Variable<float>> ForwardLevels(Variable<float> input, int scale) => [ForwardInside(input)];

    /// <summary>What <see cref="ForwardInside"/> made of luma, so changed that constants are kept; as it is where they are.</summary>
    /// <param name="input">[batch, 1, height, width].</param>
    /// <param name="output">[batch, 1, scale height, scale width].</param>
    protected virtual Variable<float> KeepConstants(Variable<float> input, Variable<float> output) => output;

    /// <summary>The network with the values that it has now, for use; what becomes of this one later does not matter.</summary>
    public abstract PlaneNetwork ToPlaneNetwork();

    /// <summary>The network of one of its scales with the values that it has now.</summary>
    /// <param name="scale">One of <see cref="Scales"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another.</exception>
    public PlaneNetwork ToPlaneNetwork(int scale)
    {
        if (!Scales.Contains(scale))
            throw new ArgumentOutOfRangeException(nameof(scale), scale,
                $"scale must be one of {string.Join(", ", Scales)}, for which {Name} is: {scale}");
        return PlaneNetworkOf(scale);
    }

    private protected virtual PlaneNetwork PlaneNetworkOf(int scale) => ToPlaneNetwork();

    /// <summary>Writes the values in use as a .safetensors file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Asked before each tensor.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public abstract void Write(string path, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public ExportValue Export(ExportGraph<float> graph, ExportValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        PlaneNetwork network = ToPlaneNetwork();
        var chains = new PlaneExport(graph, NamedParameters(), graph.Continue(input, network.Reach), network.Reach);
        ExportValue sum = chains.Add(network, LayerNames);
        foreach (PlaneNetwork added in network.Added)
            sum = graph.Add(sum, chains.Add(added, [.. LayerNames.Select(static name => "constant_" + name)]));
        return network.Interpolation is not { } interpolation ? sum : graph.Add(
            graph.Subtract(sum, graph.Clip(sum, -PlaneNetwork.Negligible, PlaneNetwork.Negligible)),
            chains.Add(interpolation, ["interpolation"]));
    }

    /// <summary>What the layers of <see cref="PlaneNetwork.Layers"/> are called.</summary>
    protected abstract IReadOnlyList<string> LayerNames { get; }

    /// <summary>Whether a parameter belongs to the transposed convolution at the end, which is of one scale alone.</summary>
    /// <param name="parameter">The parameter's name.</param>
    internal abstract bool IsOfUpsampling(string parameter);

    /// <summary>Continues planes by their border.</summary>
    /// <param name="planes">[batch, 1, height, width].</param>
    /// <param name="by">Pixels on each side.</param>
    internal static Variable<float> Continue(Variable<float> planes, int by)
    {
        if (by == 0) return planes;
        for (int axis = 2; axis < 4; axis++)
        {
            Variable<float> first = Functions.Slice(planes, axis, 0, 1);
            Variable<float> last = Functions.Slice(planes, axis, (int)planes.Shape[axis] - 1, 1);
            planes = Functions.Concat(axis, [.. Enumerable.Repeat(first, by), planes, .. Enumerable.Repeat(last, by)]);
        }
        return planes;
    }
}
