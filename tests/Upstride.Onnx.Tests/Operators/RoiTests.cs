namespace Upstride.Onnx.Tests.Operators;

/// <summary>Boxes cut out of pictures, against ONNX Runtime.</summary>
public class RoiTests
{
    [Theory]
    [InlineData(10, "avg", "")]
    [InlineData(10, "max", "")]
    [InlineData(16, "avg", "half_pixel")]
    [InlineData(16, "avg", "output_half_pixel")]
    [InlineData(16, "max", "half_pixel")]
    public void Cells_of_boxes_are_sampled(int opset, string mode, string coordinates)
    {
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            (int images, int channels, int boxes) = (random.Next(1, 3), random.Next(1, 4), random.Next(1, 5));
            OnnxTensor pictures = Values.Random(round, images, channels, random.Next(1, 12), random.Next(1, 12));

            // Corners within and around the picture; the second is right of and below the first.
            OnnxTensor corners = OnnxTensor.Create([.. Enumerable.Range(0, boxes).SelectMany(_ =>
            {
                (float left, float top) = ((random.NextSingle() * 12) - 3, (random.NextSingle() * 12) - 3);
                return (float[])[left, top, left + (random.NextSingle() * 14), top + (random.NextSingle() * 14)];
            })], boxes, 4);
            OnnxTensor owners = OneNode.Longs([.. Enumerable.Range(0, boxes).Select(_ => random.NextInt64(images))]);
            (string Name, object Value)[] attributes =
            [
                ("mode", mode), ("output_height", random.Next(1, 5)), ("output_width", random.Next(1, 5)),
                ("sampling_ratio", random.Next(0, 4)), ("spatial_scale", round % 2 == 0 ? 1f : 0.5f),
            ];
            if (opset >= 16) attributes = [.. attributes, ("coordinate_transformation_mode", coordinates)];

            // A position is a rounded product of numbers up to 14 pixels, between pixels that differ by up to 2.
            OneNode.SameAsRuntime("RoiAlign", opset, [pictures, corners, owners], 1, 1e-5f, attributes);
        }
    }

    [Fact]
    public void Boxes_without_end_and_images_that_are_not_there_are_refused()
    {
        OnnxTensor picture = Values.Random(1, 1, 1, 4, 4);
        Assert.Equal("node 'node-y0' (RoiAlign): a box is from 0, 0 to 1E+09, 1, and its 1 x 1 cells may have at most 4096 pixels along an "
            + "axis", OneNode.Refusal("RoiAlign", 16, [picture, OnnxTensor.Create([0f, 0, 1e9f, 1], 1, 4), OneNode.Longs(0)]));
        Assert.Equal("node 'node-y0' (RoiAlign): an index is 1, and must be from -1 to 0 for an axis of length 1",
            OneNode.Refusal("RoiAlign", 16, [picture, OnnxTensor.Create([0f, 0, 1, 1], 1, 4), OneNode.Longs(1)]));
        Assert.Equal("node 'node-y0' (RoiAlign): the boxes are float32 [1, 3], and must be [boxes, 4]",
            OneNode.Refusal("RoiAlign", 16, [picture, OnnxTensor.Create([0f, 0, 1], 1, 3), OneNode.Longs(0)]));
    }

    [Fact]
    public void Cells_of_boxes_of_whole_pixels_take_their_maximum()
    {
        var random = new Random(2);
        for (int round = 0; round < 30; round++)
        {
            (int images, int channels, int boxes) = (random.Next(1, 3), random.Next(1, 4), random.Next(1, 5));
            OnnxTensor pictures = Values.Random(round, images, channels, random.Next(1, 12), random.Next(1, 12));
            OnnxTensor corners = OnnxTensor.Create([.. Enumerable.Range(0, boxes).SelectMany(_ =>
            {
                (float left, float top) = (random.Next(-2, 10), random.Next(-2, 10));
                return (float[])[random.Next(images), left, top, left + random.Next(0, 14), top + random.Next(0, 14)];
            })], boxes, 5);
            OneNode.SameAsRuntime("MaxRoiPool", 11, [pictures, corners], 1, 0,
                ("pooled_shape", (long[])[random.Next(1, 5), random.Next(1, 5)]), ("spatial_scale", round % 2 == 0 ? 1f : 0.5f));
        }
        OnnxTensor picture = Values.Random(1, 1, 1, 4, 4);
        Assert.Equal("node 'node-y0' (MaxRoiPool): the boxes are float32 [1, 4], and must be [boxes, 5]", OneNode.Refusal("MaxRoiPool", 11,
            [picture, Values.Random(1, 1, 4)], ("pooled_shape", (long[])[2, 2])));
        Assert.Equal("node 'node-y0' (MaxRoiPool): attribute pooled_shape must be two numbers, rows and columns, of at least 1",
            OneNode.Refusal("MaxRoiPool", 11, [picture, Values.Random(1, 1, 5)], ("pooled_shape", (long[])[2])));
    }
}
