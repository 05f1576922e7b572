using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling;

namespace Upstride.Onnx;

/// <summary>
/// A model that makes a picture of a picture, for pictures of any size in bounded memory. What every output pixel depends on is found from
/// the graph, exactly; where that is a part of the picture, the picture goes through in tiles, each computed from what it depends on by the
/// same sums as in the whole picture. A model that declares one size takes others too, where its graph allows it.
/// </summary>
/// <example>
/// <code><![CDATA[
/// var model = new OnnxPictureModel(OnnxModel.Load(path));
/// using OnnxPicturePlan plan = model.Plan(height, width);
/// Console.WriteLine(plan); // tiled, whole or refused, why, and in how much memory
/// plan.Run(ReadRow, WriteRow);
/// ]]></code>
/// </example>
public sealed class OnnxPictureModel
{
    private const int Rank = 4;

    // Sizes by which the scale is found: multiples of what networks halve, above what they crop.
    private static readonly (int Small, int Large)[] s_probes = [(128, 192), (256, 384), (96, 160), (320, 640), (65, 129), (16, 24)];

    private readonly OnnxPictureSettings _settings;
    private readonly string? _closed;

    /// <summary>Finds what the model takes.</summary>
    /// <param name="model">Of one input of four axes, a batch of one picture.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ArgumentException">A model of other inputs, or one that leaves open what must be told.</exception>
    /// <exception cref="OnnxFormatException">A node's inputs break a rule.</exception>
    /// <exception cref="OnnxUnsupportedException">Something about a node is not supported.</exception>
    public OnnxPictureModel(OnnxModel model, OnnxPictureSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _settings = settings ?? OnnxPictureSettings.Default;
        Model = model;
        if (model.Inputs is not [{ Dimensions: { Length: Rank } dimensions } input])
            throw new ArgumentException(
                $"the model must have one input of four axes, a picture: it has {string.Join(", ", model.Inputs)}", nameof(model));
        if (dimensions[0].Length is not (null or 1))
            throw new ArgumentException($"the model takes {input}, and must take one picture at a time", nameof(model));
        Layout = _settings.Layout ?? LayoutOf(dimensions);
        Axes = Layout == Layout.ChannelsFirst ? new(2, 3) : new(1, 2);
        OnnxDimension channels = dimensions[Layout == Layout.ChannelsFirst ? 1 : 3];
        if (_settings.Channels is { } told && channels.Length is { } declared && told != declared)
            throw new ArgumentException($"channels = {told}, and the model takes {input}", nameof(settings));
        Channels = _settings.Channels ?? (int?)channels.Length
            ?? throw new ArgumentException($"the model takes {input}, which leaves the channels open: tell them", nameof(model));
        (long? height, long? width) = (dimensions[Axes.Rows].Length, dimensions[Axes.Columns].Length);
        DeclaredHeight = (int?)height;
        DeclaredWidth = (int?)width;
        Graph = model.Graph;
        Compute = PlanCache.Open(model, _settings.Session with
        {
            Compute = _settings.Session.Compute with { PositionIndependent = true, Workspaces = new() },
        });
        if (height is not null || width is not null) _closed = TryOpen((int)(height ?? width!), (int)(width ?? height!));
        Scale = ProbeScale();
    }

    /// <summary>The model.</summary>
    public OnnxModel Model { get; }

    /// <summary>Where the model has its channels.</summary>
    public Layout Layout { get; }

    /// <summary>Channels of the picture that it takes.</summary>
    public int Channels { get; }

    /// <summary>The height that the model declares; null where it is open.</summary>
    public int? DeclaredHeight { get; }

    /// <summary>The width that the model declares; null where it is open.</summary>
    public int? DeclaredWidth { get; }

    /// <summary>
    /// How many rows and columns of the output one more of the input makes, found by a probe, and how many the output is shorter than so
    /// many times the input; null where no sizes show it.
    /// </summary>
    public OnnxPictureScale? Scale { get; }

    /// <summary>The type of a value among the pictures.</summary>
    internal OnnxElementType Element => Model.Inputs[0].ElementType;

    internal Graph Graph { get; private set; }

    internal PictureAxes Axes { get; }

    internal OnnxSessionSettings Compute { get; }

    internal OnnxPictureSettings Settings => _settings;

    /// <summary>The input's type; the picture's size is to be put in.</summary>
    internal TensorType PictureType => new(Element, Layout == Layout.ChannelsFirst ? new(1, Channels, 1, 1) : new(1, 1, 1, Channels));

    /// <summary>Says how a picture of a size goes through, and makes it ready.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public OnnxPicturePlan Plan(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return OnnxPicturePlan.Of(this, height, width, _closed);
    }

    /// <summary>A picture in parts of the size that the model declares.</summary>
    /// <exception cref="TilingRefusedException">It does not go through.</exception>
    internal WholePicture Declared(int height, int width)
    {
        TensorType declared = WholePicture.Sized(PictureType, Axes, DeclaredHeight ?? height, DeclaredWidth ?? width);
        return WholePicture.OfDeclared(Graph, Axes, declared, height, width, Compute);
    }

    /// <summary>The type of the output for a picture of a size; null where the graph does not take it.</summary>
    internal TensorType? OutputOf(int height, int width)
    {
        try
        {
            return PictureGraph.Typed(Graph, WholePicture.Sized(PictureType, Axes, height, width), Compute).Outputs[0].Type;
        }
        catch (Exception fault) when (fault is TilingRefusedException or OnnxFormatException or OnnxUnsupportedException)
        {
            return null;
        }
    }

    private static Layout LayoutOf(ImmutableArray<OnnxDimension> dimensions)
    {
        static bool IsChannels(OnnxDimension dimension) => dimension.Length is >= 1 and <= 4;
        return !IsChannels(dimensions[1]) && IsChannels(dimensions[3]) ? Layout.ChannelsLast : Layout.ChannelsFirst;
    }

    // Null where pictures of other sizes than the declared one go through; else why they do not.
    private string? TryOpen(int height, int width)
    {
        try
        {
            Graph = PictureGraph.Opened(Model.Graph, Axes, WholePicture.Sized(PictureType, Axes, height, width), Compute);
            return null;
        }
        catch (TilingRefusedException refusal)
        {
            return refusal.Message;
        }
    }

    // Of a model of one size, which may crop.
    private OnnxPictureScale? ScaleInParts(int height, int width)
    {
        try
        {
            WholePicture whole = Declared(height, width);
            PictureTensor made = new(whole.Graph.Output.Type!.Value, whole.Graph.AxesOf(whole.Graph.Output)!.Value);
            int? factor = whole.FactorInParts;
            return factor is { } times && (times * height) - made.Rows == (times * width) - made.Columns
                ? new(times, (times * height) - made.Rows, made.Channels) : null;
        }
        catch (Exception fault) when (fault is TilingRefusedException or OnnxFormatException or OnnxUnsupportedException)
        {
            return null;
        }
    }

    private OnnxPictureScale? ProbeScale()
    {
        if (_closed is not null)
        {
            (int height, int width) = (DeclaredHeight ?? DeclaredWidth!.Value, DeclaredWidth ?? DeclaredHeight!.Value);
            if (ScaleInParts(height, width) is { } found) return found;
            return OutputOf(height, width) is { } only && PictureTensor.Fits(only, Axes) && new PictureTensor(only, Axes) is var made
                && made.Rows % height == 0 && made.Columns == made.Rows / height * width ? new(made.Rows / height, 0, made.Channels) : null;
        }
        foreach ((int small, int large) in s_probes)
        {
            if (OutputOf(small, small) is not { } first || OutputOf(large, large) is not { } second) continue;
            if (!PictureTensor.Fits(first, Axes) || !PictureTensor.Fits(second, Axes)) return null;
            (PictureTensor less, PictureTensor more) = (new(first, Axes), new(second, Axes));
            int rows = more.Rows - less.Rows, columns = more.Columns - less.Columns, step = large - small;
            if (rows <= 0 || columns <= 0 || rows % step != 0 || columns != rows) return null;
            return new(rows / step, (rows / step * small) - less.Rows, less.Channels);
        }
        return null;
    }
}
