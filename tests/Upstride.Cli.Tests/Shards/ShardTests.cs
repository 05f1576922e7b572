using Upstride.Cli.Commands.Shards;

namespace Upstride.Cli.Tests.Shards;

/// <summary>Which shard a process makes: by the option, and by each scheduler's variables.</summary>
public sealed class ShardTests
{
    [Theory]
    [InlineData("3/16", "", 3, 16, "--shard 3/16")]
    [InlineData("1/1", "SLURM_ARRAY_TASK_ID=7", 1, 1, "--shard 1/1")]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_COUNT=16", 1, 16,
        "SLURM_ARRAY_TASK_ID=0, SLURM_ARRAY_TASK_MIN=0, SLURM_ARRAY_TASK_MAX=15, SLURM_ARRAY_TASK_COUNT=16")]
    [InlineData("auto", "SLURM_ARRAY_TASK_ID=16 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=16 SLURM_ARRAY_TASK_COUNT=16", 16, 16, null)]
    [InlineData("AUTO",
        "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_STEP=4", 3, 3, null)]
    [InlineData(null,
        "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=10 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_STEP=4", 3, 3,
            null)]
    [InlineData(null,
        "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=2 UPSTRIDE_SHARD_COUNT=16",
        8, 16, "SLURM_ARRAY_TASK_ID=7, UPSTRIDE_SHARD_COUNT=16")]
    [InlineData(null, "JOB_COMPLETION_INDEX=0 UPSTRIDE_SHARD_COUNT=8", 1, 8, "JOB_COMPLETION_INDEX=0, UPSTRIDE_SHARD_COUNT=8")]
    [InlineData(null, "AWS_BATCH_JOB_ARRAY_INDEX=7 UPSTRIDE_SHARD_COUNT=8", 8, 8, "AWS_BATCH_JOB_ARRAY_INDEX=7, UPSTRIDE_SHARD_COUNT=8")]
    [InlineData(null, "AWS_BATCH_JOB_ARRAY_INDEX=7 AWS_BATCH_JOB_ARRAY_SIZE=9", 8, 9,
        "AWS_BATCH_JOB_ARRAY_INDEX=7, AWS_BATCH_JOB_ARRAY_SIZE=9")]
    public void The_shard_is_found(string? text, string variables, int number, int count, string? source)
    {
        Shard shard = Shard.Parse(text, Environment(variables));
        Assert.Equal((number, count), (shard.Number, shard.Count));
        if (source is not null) Assert.Equal(source, shard.Source);
    }

    [Theory]
    [InlineData("3", "", "'3' must be a number and how many there are, as 3/16, or auto")]
    [InlineData("-1/4", "", "'-1/4' must be a number and how many there are")]
    [InlineData("0/4", "", "1 <= number <= count <= 100000 must hold: number 0, count 4, from --shard 0/4")]
    [InlineData("5/4", "", "1 <= number <= count <= 100000 must hold: number 5, count 4")]
    [InlineData("1/100001", "", "1 <= number <= count <= 100000 must hold")]
    [InlineData(null, "", "no scheduler says which shard this is")]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_MIN is not set")]
    [InlineData(null,
        "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=2",
        "the array has gaps, so that its tasks are not the shards 1 to 2")]
    [InlineData(null, "JOB_COMPLETION_INDEX=3", "JOB_COMPLETION_INDEX=3, and UPSTRIDE_SHARD_COUNT is not set")]
    [InlineData(null, "JOB_COMPLETION_INDEX=8 UPSTRIDE_SHARD_COUNT=8", "1 <= number <= count <= 100000 must hold: number 9, count 8")]
    [InlineData(null, "JOB_COMPLETION_INDEX=x UPSTRIDE_SHARD_COUNT=8", "JOB_COMPLETION_INDEX='x' is not a whole number from 0 on")]
    [InlineData(null, "AWS_BATCH_JOB_ARRAY_INDEX=3", "AWS_BATCH_JOB_ARRAY_INDEX=3, and AWS_BATCH_JOB_ARRAY_SIZE is not set")]
    public void What_names_no_shard_is_refused(string? text, string variables, string message)
    {
        CommandException fault = Assert.Throws<CommandException>(() => Shard.Parse(text, Environment(variables)));
        Assert.Equal((ExitCode.BadInput, "shard"), (fault.ExitCode, fault.Parameter));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("upscale a -o b --shard 1/2", 2, 42)]
    [InlineData("--json upscale a -o b --shard=1/2", 2, 42)]
    [InlineData("upscale a -o b --shard", 3, 75)]
    [InlineData("upscale a -o b --shard 1/2", 130, 75)]
    [InlineData("upscale a -o b --shard 1/2", 0, 0)]
    [InlineData("upscale a -o b", 2, 2)]
    [InlineData("upscale a -o b -- --shard", 3, 3)]
    [InlineData("shape --shard", 2, 2)]
    public void Exit_codes_of_a_shard_are_its_own(string line, int code, int expected) =>
        Assert.Equal(expected, ShardExit.Of(line.Split(' '), code));

    [Fact]
    public void Shards_are_balanced_and_the_same_in_any_order()
    {
        var random = new Random(1);
        PlannedPicture[] pictures =
        [
            .. Enumerable.Range(0, 2000).Select(i => new PlannedPicture(new($"{i}", $"{i}"), $"{i:0000}.png", random.Next(0, 60) * 10,
                random.Next(1, 400))),
        ];
        foreach (int count in (int[])[1, 2, 7, 16, 1999, 3000])
        {
            var plan = new ShardPlan(pictures, count);
            random.Shuffle(pictures);
            var again = new ShardPlan(pictures, count);
            Assert.Equal(plan.Digest, again.Digest);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (int number = 1; number <= count; number++)
            {
                PlannedPicture[] part = plan.Of(number);
                Assert.Equal(part.Select(static picture => picture.Name), again.Of(number).Select(static picture => picture.Name));
                Assert.Equal(plan.Loads[number - 1], part.Sum(static picture => Math.Max(1, picture.Pixels)));
                foreach (PlannedPicture picture in part) Assert.True(seen.Add(picture.Name), picture.Name);
            }
            Assert.Equal(pictures.Length, seen.Count);
            Assert.True(plan.Loads.Max() <= plan.Loads.Sum() / count + pictures.Max(static picture => picture.Pixels), $"{count} shards");
        }
        Assert.NotEqual(new ShardPlan(pictures, 2).Digest, new ShardPlan(pictures, 3).Digest);
        Assert.NotEqual(new ShardPlan(pictures, 2).Digest, new ShardPlan(pictures[1..], 2).Digest);
    }

    private static Func<string, string?> Environment(string variables)
    {
        Dictionary<string, string> values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static one => one.Split('='))
            .ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        return name => values.GetValueOrDefault(name);
    }
}
