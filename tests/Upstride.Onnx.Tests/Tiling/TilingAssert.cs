using Upstride.Geometry;

namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Holds tiles to the bits of the whole picture.</summary>
internal static class TilingAssert
{
    /// <summary>Takes a random picture through whole, by a session and by a plan, and in tiles of several sizes; all must give the same
    /// bits.
    /// </summary>
    public static void SameBits(OnnxModel model, int height, int width, OnnxPictureSettings? settings = null, params int[] tiles)
    {
        settings ??= new();
        var whole = new OnnxPictureModel(model, settings with { Whole = true });
        OnnxTensor picture = Values.Random(height * 1000 + width, whole.Channels, height, width);
        float[] expected = Run(whole, picture, height, width, OnnxPictureMode.Whole, out _);
        if (whole.DeclaredHeight is null && whole.DeclaredWidth is null && whole.Layout == Layout.ChannelsFirst)
        {
            using var session = new OnnxSession(model, settings.Session with
            {
                Compute = settings.Session.Compute with { PositionIndependent = true },
            });
            OnnxTensor straight = session.Run(Values.Named((model.Inputs[0].Name,
                OnnxTensor.Create(picture.Floats, 1, whole.Channels, height, width))))[model.Outputs[0].Name];
            if (straight.ElementType == OnnxElementType.Float32 && straight.Shape.Length == 4)
                Assert.Equal(Bits(ToRows(straight)), Bits(expected));
        }
        foreach (int tile in tiles)
        {
            var tiled = new OnnxPictureModel(model, settings with { Tile = tile });
            float[] actual = Run(tiled, picture, height, width, OnnxPictureMode.Tiled, out OnnxPicturePlan plan);
            int at = Bits(expected).AsSpan().CommonPrefixLength(Bits(actual));
            if (expected.Length != actual.Length || at < expected.Length)
                Assert.Fail($"tiles of {tile} at {height}x{width}: element {at} of {expected.Length} is "
                    + $"{(at < actual.Length ? actual[at] : float.NaN)} and {(at < expected.Length ? expected[at] : float.NaN)} in the "
                    + "whole; row "
                    + $"{at / (plan.OutputChannels * plan.OutputWidth)}, channel {at / plan.OutputWidth % plan.OutputChannels}, column "
                    + $"{at % plan.OutputWidth} of {plan}");
        }
    }

    /// <summary>The rows of the output, [rows, channels, width].</summary>
    public static float[] Run(OnnxPictureModel model, OnnxTensor picture, int height, int width, OnnxPictureMode mode,
        out OnnxPicturePlan plan)
    {
        plan = model.Plan(height, width);
        using (plan)
        {
            Assert.True(plan.Mode == mode, plan.ToString());
            var output = new float[plan.OutputHeight * plan.OutputChannels * plan.OutputWidth];
            int next = 0, read = 0, size = plan.OutputChannels * plan.OutputWidth;
            plan.Run((row, planes) =>
            {
                Assert.Equal(read++, row);
                for (int channel = 0; channel < model.Channels; channel++)
                    picture.Floats.Slice(((channel * height) + row) * width, width).CopyTo(planes[(channel * width)..]);
            }, (row, planes) =>
            {
                Assert.Equal(next++, row);
                planes.CopyTo(output.AsSpan(row * size));
            });
            Assert.Equal(plan.OutputHeight, next);
            return output;
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private static float[] ToRows(OnnxTensor tensor)
    {
        (int channels, int height, int width) = ((int)tensor.Shape[1], (int)tensor.Shape[2], (int)tensor.Shape[3]);
        var rows = new float[tensor.Length];
        for (int channel = 0; channel < channels; channel++)
            for (int y = 0; y < height; y++)
                tensor.Floats.Slice(((channel * height) + y) * width, width).CopyTo(rows.AsSpan(((y * channels) + channel) * width));
        return rows;
    }
}
