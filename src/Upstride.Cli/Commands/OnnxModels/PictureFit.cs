using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Operators;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>Brings pictures to the size that a model needs, and what it gives in that size back to the picture's.</summary>
/// <param name="layout">The position of the channels.</param>
internal sealed class PictureFit(Layout layout)
{
    // Sizes of pictures as they came, by the size that the model needs.
    private readonly Dictionary<(int Width, int Height), (int Width, int Height)> _before = [];

    /// <summary>What was done, a sentence for each picture.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The picture in the size that the input declares; itself where it has that, or the size is open.</summary>
    public ImageBuffer In(ImageBuffer image, OnnxValueInfo input)
    {
        if (input.Dimensions is not { Length: 4 } dimensions) return image;
        int first = layout == Layout.ChannelsFirst ? 2 : 1;
        int height = (int)(dimensions[first].Length ?? image.Height), width = (int)(dimensions[first + 1].Length ?? image.Width);
        if ((width, height) == (image.Width, image.Height)) return image;
        _before[(width, height)] = (image.Width, image.Height);
        Notes.Add($"{input.Name}: {image.Width}x{image.Height} resized to {width}x{height}, which the model needs");
        return Resized(image, width, height);
    }

    /// <summary>An output as a picture of the size that the input of this size had before; itself where none had another.</summary>
    public ImageBuffer Out(ImageBuffer image, string name)
    {
        if (!_before.TryGetValue((image.Width, image.Height), out (int Width, int Height) before)) return image;
        Notes.Add($"{name}: {image.Width}x{image.Height} resized to {before.Width}x{before.Height}, as the picture was");
        return Resized(image, before.Width, before.Height);
    }

    // Bicubic, with what a smaller picture cannot hold filtered away.
    private static ImageBuffer Resized(ImageBuffer image, int width, int height)
    {
        var resized = new float[image.Channels * width * height];
        Resize.Forward<float>(image.ToPlanes(), ResizeGeometry.MatlabBicubic([image.Channels, image.Height, image.Width], height, width),
            resized);
        return ImageBuffer.FromPlanes(resized, width, height, image.Channels);
    }
}
