using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Segmentation;
using Upstride.Testing;

namespace Upstride.Models.Tests.Segmentation;

public class SegmentationDataTests
{
    // Truth 0 0 0 1 1 2 and one that does not count; taken for 0 0 1 1 2 2 and 0.
    [Fact]
    public void A_confusion_matrix_is_as_counted_by_hand()
    {
        var matrix = new ConfusionMatrix(4);
        matrix.Add([0, 0, 0, 1], [0, 0, 1, 1]);
        matrix.Add([1, 2, SegmentationSet.Void], [2, 2, 0]);
        Assert.Equal(6, matrix.Pixels);
        Assert.Equal((2, 1, 0), (matrix[0, 0], matrix[0, 1], matrix[0, 2]));
        Assert.Equal((0, 1, 1), (matrix[1, 0], matrix[1, 1], matrix[1, 2]));
        Assert.Equal(4.0 / 6, matrix.PixelAccuracy);
        Assert.Equal([2.0 / 3, 1.0 / 2, 1, double.NaN], matrix.ClassAccuracies);
        Assert.Equal((2.0 / 3 + 1.0 / 2 + 1) / 3, matrix.MeanClassAccuracy, 1e-15);
        Assert.Equal([2.0 / 3, 1.0 / 3, 1.0 / 2, double.NaN], matrix.Ious);
        Assert.Equal((2.0 / 3 + 1.0 / 3 + 1.0 / 2) / 3, matrix.MeanIou, 1e-15);
    }

    [Fact]
    public void Matrices_of_parts_add_up_to_that_of_the_whole()
    {
        byte[] truth = [0, 0, 0, 1, 1, 2, SegmentationSet.Void], predicted = [0, 0, 1, 1, 2, 2, 0];
        ConfusionMatrix whole = new(3), sum = new(3);
        whole.Add(truth, predicted);
        foreach ((int first, int end) in ((int, int)[])[(0, 2), (2, truth.Length)])
        {
            var matrix = new ConfusionMatrix(3);
            matrix.Add(truth.AsSpan(first..end), predicted.AsSpan(first..end));
            sum.Add(matrix.Counts);
        }
        Assert.Equal(whole.Counts.ToArray(), sum.Counts.ToArray());
        Assert.Equal("counts has 4 numbers, and must have 3*3 = 9 (Parameter 'counts')",
            Assert.Throws<ArgumentException>(() => sum.Add([1, 2, 3, 4])).Message);
        Assert.Throws<ArgumentException>(() => sum.Add([0, 0, 0, 0, -1, 0, 0, 0, 0]));
    }

    // A class that nobody is and that was found counts as wrong.
    [Fact]
    public void A_class_found_where_there_is_none_lowers_the_mean()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add([0, 0], [0, 1]);
        Assert.Equal([0.5, 0], matrix.Ious);
        Assert.Equal(0.25, matrix.MeanIou);
        Assert.Equal(0.5, matrix.MeanClassAccuracy);
        Assert.True(double.IsNaN(new ConfusionMatrix(3).PixelAccuracy));
        Assert.Throws<ArgumentException>(() => matrix.Add([0], [2]));
        Assert.Throws<ArgumentException>(() => matrix.Add([0], [0, 1]));
    }

    // Class 0 has 6 of the 8 pixels of both pictures, 1 has 1 of the 4 of the first, 2 has 1 of 4 of the second: 3/4, 1/4, 1/4.
    [Fact]
    public void Weights_are_the_median_frequency_over_the_classes()
    {
        LabelledPicture Of(params byte[] labels) => new("x", 2, 2, new byte[12], labels);
        Assert.Equal([1f / 3, 1, 1, 0], SegmentationSet.MedianFrequencyWeights([Of(0, 0, 0, 1), Of(0, 0, 0, 2)], 4));
        Assert.Equal([1f, 1], SegmentationSet.MedianFrequencyWeights([Of(0, 1, 255, 255)], 2));
        Assert.Equal([0f, 0], SegmentationSet.MedianFrequencyWeights([Of(255, 255, 255, 255)], 2));
    }

    [Fact]
    public void Folders_are_read_and_faults_name_the_file()
    {
        using var folder = new TemporaryFolder();
        string images = Directory.CreateDirectory(folder.File("images")).FullName,
            labels = Directory.CreateDirectory(folder.File("labels")).FullName;
        Assert.Contains("no picture is in this folder", Assert.Throws<InvalidDataException>(() => Read()).Message,
            StringComparison.Ordinal);
        Write(Path.Combine(images, "a.png"), 3, 2, 3, 100);
        Assert.Contains("labels: no picture is in this folder", Assert.Throws<InvalidDataException>(() => Read()).Message,
            StringComparison.Ordinal);
        Write(Path.Combine(labels, "b.png"), 3, 2, 1, 1);
        Assert.StartsWith($"{Path.Combine(images, "a.png")}: the folder {labels} has no picture of this name",
            Assert.Throws<InvalidDataException>(() => Read()).Message, StringComparison.Ordinal);
        string file = Path.Combine(labels, "a.png");
        Write(file, 3, 2, 3, 1);
        Refused("it has 3 channels of UInt8, and labels have one of UInt8, whose values are the classes");
        Write(file, 2, 3, 1, 1);
        Refused($"it is 2x3, and its picture {Path.Combine(images, "a.png")} is 3x2: both must be equal");
        Write(file, 3, 2, 1, 5);
        Refused("the pixel at column 0, row 0 has the value 5, and there are classes 0 .. 2 and 9 for none");
        Write(file, 3, 2, 1, 9);
        Assert.All(Read()[0].Labels, static label => Assert.Equal(SegmentationSet.Void, label));
        Write(file, 3, 2, 1, 2);
        LabelledPicture picture = Assert.Single(Read());
        Assert.Equal((3, 2), (picture.Width, picture.Height));
        Assert.All(picture.Labels, static label => Assert.Equal(2, label));
        Assert.All(picture.Colours, static colour => Assert.Equal(100, colour));
        Write(Path.Combine(labels, "a.pgm"), 3, 2, 1, 2);
        Assert.Contains("the folder has another picture of this name", Assert.Throws<InvalidDataException>(() => Read()).Message,
            StringComparison.Ordinal);

        LabelledPicture[] Read() => SegmentationSet.Read(images, labels, 3, voidLabel: 9);

        void Refused(string fault) => Assert.Equal($"{file}: {fault}", Assert.Throws<InvalidDataException>(() => Read()).Message);
    }

    [Theory]
    [InlineData("road", "it holds 1 names of classes, a line each, and must hold 2 .. 255")]
    [InlineData("", "it holds 0 names of classes, a line each, and must hold 2 .. 255")]
    [InlineData("road\n sky \nroad", "the class 'road' is there twice")]
    [InlineData("road\nsky\tblue", "the class 'sky\tblue' has a tabulator in its name")]
    public void Names_that_are_none_are_refused(string text, string fault)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("names.txt");
        File.WriteAllText(path, text);
        Assert.Equal($"{path}: {fault}", Assert.Throws<InvalidDataException>(() => SegmentationSet.ReadNames(path)).Message);
        File.WriteAllText(path, "road\n\n sky \n");
        Assert.Equal(["road", "sky"], SegmentationSet.ReadNames(path));
    }

    [Fact]
    public void Without_changes_a_picture_is_drawn_as_it_is()
    {
        LabelledPicture picture = Numbered(6, 4);
        var plain = new Augmentation { Width = 6, Height = 4, Scale = (1, 1), Colour = 0, Flip = false };
        (float[] colours, int[] labels) = Draw(plain, picture, 1);
        for (int pixel = 0; pixel < 24; pixel++)
        {
            Assert.Equal(picture.Labels[pixel], labels[pixel]);
            for (int channel = 0; channel < 3; channel++)
                Assert.Equal(picture.Colours[3 * pixel + channel] / 255f, colours[24 * channel + pixel], 1e-6);
        }
    }

    [Fact]
    public void Mirrored_pictures_are_mirrored_with_their_labels()
    {
        LabelledPicture picture = Numbered(6, 4);
        var mirror = new Augmentation { Width = 6, Height = 4, Scale = (1, 1), Colour = 0 };
        (float[] Colours, int[] Labels)[] drawn = [.. Enumerable.Range(0, 20).Select(seed => Draw(mirror, picture, seed))];
        int[] straight = [.. picture.Labels.Select(static label => (int)label)];
        int[] mirrored = [.. Enumerable.Range(0, 24).Select(i => straight[i / 6 * 6 + 5 - i % 6])];
        Assert.Contains(drawn, one => one.Labels.SequenceEqual(straight));
        Assert.Contains(drawn, one => one.Labels.SequenceEqual(mirrored));
        Assert.All(drawn, one => Assert.True(one.Labels.SequenceEqual(straight) || one.Labels.SequenceEqual(mirrored)));
        (float[] Colours, int[] Labels) first = drawn.First(one => one.Labels.SequenceEqual(mirrored));
        Assert.Equal(picture.Colours[5 * 3] / 255f, first.Colours[0], 1e-6);
    }

    [Fact]
    public void What_lies_outside_does_not_count()
    {
        (float[] colours, int[] labels) =
            Draw(new Augmentation { Width = 8, Height = 6, Scale = (1, 1), Colour = 0, Flip = false }, Numbered(6, 4), 1);
        Assert.Equal(8 * 6 - 6 * 4, labels.Count(static label => label == SegmentationSet.Void));
        Assert.Equal(SegmentationSet.Void, labels[0]);
        Assert.Equal(0, colours[0]);
        Assert.Equal(0, labels[8 + 1]);
    }

    [Fact]
    public void A_picture_is_scaled_cropped_and_coloured_within_what_is_allowed()
    {
        LabelledPicture picture = Numbered(40, 30);
        var drawn = new Augmentation { Width = 16, Height = 16 };
        for (int seed = 0; seed < 30; seed++)
        {
            (float[] colours, int[] labels) = Draw(drawn, picture, seed);
            Assert.All(colours, static value => Assert.InRange(value, 0, 1));
            Assert.DoesNotContain(SegmentationSet.Void, labels);
        }
        Assert.NotEqual(Draw(drawn, picture, 1).Labels, Draw(drawn, picture, 2).Labels);
        Assert.Equal(Draw(drawn, picture, 1).Colours, Draw(drawn, picture, 1).Colours);
    }

    [Fact]
    public void Classes_get_colours_that_differ()
    {
        var colours = Enumerable.Range(0, 24).Select(ClassPalette.ColourOf).ToList();
        Assert.Equal(24, colours.Distinct().Count());
        ImageBuffer overlay = ClassPalette.Overlay([10, 20, 30], [5], 1, 1);
        (byte red, byte green, byte blue) = ClassPalette.ColourOf(5);
        Assert.Equal([(byte)((10 + red) / 2), (byte)((20 + green) / 2), (byte)((30 + blue) / 2)], overlay.Bytes.ToArray());
        Assert.Equal([5], ClassPalette.Mask([5], 1, 1).Bytes.ToArray());
    }

    private static (float[] Colours, int[] Labels) Draw(Augmentation augmentation, LabelledPicture picture, int seed)
    {
        float[] colours = new float[3 * augmentation.Width * augmentation.Height];
        int[] labels = new int[colours.Length / 3];
        augmentation.Draw(picture, new RandomSource(seed), colours, labels);
        return (colours, labels);
    }

    // Every pixel has a label and colours of its own, up to 250.
    private static LabelledPicture Numbered(int width, int height) => new("x", width, height,
        [.. Enumerable.Range(0, 3 * width * height).Select(static i => (byte)(i * 3 % 256))],
        [.. Enumerable.Range(0, width * height).Select(static i => (byte)(i % 250))]);

    private static void Write(string path, int width, int height, int channels, byte value)
    {
        var picture = new ImageBuffer(width, height, channels);
        picture.Bytes.Fill(value);
        ImageFile.Write(path, picture);
    }
}
