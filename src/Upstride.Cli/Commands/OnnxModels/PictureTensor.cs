using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>Pictures as a network sees them, and back.</summary>
/// <param name="Layout">The position of the channels.</param>
/// <param name="Low">What black is.</param>
/// <param name="High">What white is.</param>
/// <param name="Mean">Subtracted from each channel after that; empty for nothing.</param>
/// <param name="Deviation">Divides each channel after that; empty for nothing.</param>
/// <param name="BlueFirst">Whether the model counts blue first and red last.</param>
internal sealed record PictureTensor(Layout Layout, float Low, float High, float[] Mean, float[] Deviation, bool BlueFirst)
{
    /// <summary>A picture as the input of a model: [1, channels, height, width] or with the channels last.</summary>
    /// <exception cref="CommandException">The model's channels or size are others.</exception>
    public OnnxTensor FromPicture(ImageBuffer image, OnnxValueInfo input)
    {
        if (input.Dimensions is { Length: not 4 })
            throw CommandException.BadInput("input", $"a picture has 4 axes, and the model needs {input}");
        long? wanted = input.Dimensions is { } dimensions ? dimensions[Layout == Layout.ChannelsFirst ? 1 : 3].Length : null;
        int channels = (int)(wanted ?? (image.HasAlpha ? image.Channels - 1 : image.Channels));
        float[] planes = Planes(image, channels, input);
        int pixels = image.Height * image.Width;
        if (BlueFirst) ExchangeColors(planes, channels, pixels);
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> plane = planes.AsSpan(channel * pixels, pixels);
            TensorPrimitives.Multiply(plane, High - Low, plane);
            TensorPrimitives.Add(plane, Low, plane);
            if (Of(Mean, channel, channels, "mean") is { } mean) TensorPrimitives.Subtract(plane, mean, plane);
            if (Of(Deviation, channel, channels, "std") is { } deviation) TensorPrimitives.Divide(plane, deviation, plane);
        }
        nint[] shape = Layout == Layout.ChannelsFirst ? [1, channels, image.Height, image.Width] : [1, image.Height, image.Width, channels];
        return TensorFile.Create(input, Layout == Layout.ChannelsFirst ? planes : Interleave(planes, channels), shape);
    }

    /// <summary>A model's output as a picture of 8 bits; what lies outside black and white is clipped.</summary>
    /// <exception cref="CommandException">It is no picture.</exception>
    public ImageBuffer ToPicture(OnnxTensor tensor, string name)
    {
        nint[] shape = [.. tensor.Shape];
        while (shape.Length > 3 && shape[0] == 1) shape = shape[1..];
        if (shape.Length == 2) shape = Layout == Layout.ChannelsFirst ? [1, .. shape] : [.. shape, 1];
        (nint channels, nint height, nint width) =
            shape.Length != 3
            ? (0, 0, 0) : Layout == Layout.ChannelsFirst ? (shape[0], shape[1], shape[2]) : (shape[2], shape[0], shape[1]);
        if (channels is < 1 or > 4 || height < 1 || width < 1)
            throw CommandException.BadInput("output",
                $"output '{name}' is {tensor}, and a picture has the axes 1, 1 to 4 channels, height and "
                + $"width{(Layout == Layout.ChannelsFirst ? "" : ", the channels last")}: write it as .npy");
        float[] values = TensorFile.ToFloats(tensor);
        if (Layout == Layout.ChannelsLast) values = Deinterleave(values, (int)channels);
        TensorPrimitives.Subtract(values, Low, values);
        TensorPrimitives.Divide(values, High - Low, values);
        if (BlueFirst) ExchangeColors(values, (int)channels, (int)(width * height));
        return ImageBuffer.FromPlanes(values, (int)width, (int)height, (int)channels);
    }

    // Colour to grey by its luma; grey to colour by repeating it; transparency is left out where it is not wanted.
    private float[] Planes(ImageBuffer image, int channels, OnnxValueInfo input)
    {
        int pixels = image.Height * image.Width;
        int colors = image.HasAlpha ? image.Channels - 1 : image.Channels;
        float[] planes = image.ToPlanes();
        if (channels == image.Channels) return planes;
        if (channels == colors) return planes[..(colors * pixels)];
        if (channels == 1 && colors == 3)
        {
            var luma = new float[pixels];
            for (int i = 0; i < pixels; i++) luma[i] = (float)YCbCr.Luma(planes[i], planes[pixels + i], planes[(2 * pixels) + i]);
            return luma;
        }
        return channels == 3 && colors == 1
            ? [.. planes.AsSpan(0, pixels), .. planes.AsSpan(0, pixels), .. planes.AsSpan(0, pixels)]
            : throw CommandException.BadInput("input",
                $"the picture has {image.Channels} channels, and the model needs {input}{OtherLayout(input)}");
    }

    // Where channels would stand in the other layout.
    private string OtherLayout(OnnxValueInfo input) => Layout switch
    {
        Layout.ChannelsFirst when input.Dimensions?[3].Length is 1 or 3 or 4 => ": --layout nhwc says that the channels stand last",
        Layout.ChannelsLast when input.Dimensions?[1].Length is 1 or 3 or 4 => ": leave out --layout nhwc, for the channels stand first",
        _ => "",
    };

    // Red for blue, with or without transparency after them.
    private static void ExchangeColors(float[] planes, int channels, int pixels)
    {
        if (channels < 3) return;
        for (int i = 0; i < pixels; i++) (planes[i], planes[(2 * pixels) + i]) = (planes[(2 * pixels) + i], planes[i]);
    }

    private static float? Of(float[] values, int channel, int channels, string parameter) => values.Length switch
    {
        0 => null,
        1 => values[0],
        var count when count == channels => values[channel],
        var count => throw CommandException.BadInput(parameter,
            $"{count} numbers are given for {channels} channels: give one, or one for each"),
    };

    private static float[] Interleave(float[] planes, int channels)
    {
        var pixels = new float[planes.Length];
        int count = planes.Length / channels;
        for (int i = 0; i < count; i++)
            for (int channel = 0; channel < channels; channel++) pixels[(i * channels) + channel] = planes[(channel * count) + i];
        return pixels;
    }

    private static float[] Deinterleave(float[] pixels, int channels)
    {
        var planes = new float[pixels.Length];
        int count = pixels.Length / channels;
        for (int i = 0; i < count; i++)
            for (int channel = 0; channel < channels; channel++) planes[(channel * count) + i] = pixels[(i * channels) + channel];
        return planes;
    }
}
