using k8s;
using k8s.Models;
using Upstride.Cli.Commands.Shards;
using Upstride.Testing;
using YamlDotNet.Core;

namespace Upstride.Cli.Tests.Shards;

/// <summary>The files of <c>deploy</c> are what the schedulers' own readers take, and agree with the tool.</summary>
public sealed class DeploymentTests
{
    [Fact]
    public void The_job_is_read_strictly_and_tells_the_number_of_shards()
    {
        V1Job job = KubernetesYaml.Deserialize<V1Job>(Text("kubernetes", "indexed-job.yaml"), strict: true);
        Assert.Equal(("batch/v1", "Job", "Indexed"), (job.ApiVersion, job.Kind, job.Spec.CompletionMode));
        V1Container container = Assert.Single(job.Spec.Template.Spec.Containers);
        V1EnvVar count = Assert.Single(container.Env, static variable => variable.Name == Shard.CountVariable);
        Assert.Equal(job.Spec.Completions, int.Parse(count.Value, System.Globalization.CultureInfo.InvariantCulture));
        Shard last = Shard.Parse("auto", name => name == Shard.CountVariable ? count.Value
            : name == "JOB_COMPLETION_INDEX" ? $"{job.Spec.Completions - 1}" : null);
        Assert.Equal((job.Spec.Completions, job.Spec.Completions), (last.Number, last.Count));

        // What is hopeless ends its index, and what may pass counts.
        Assert.Equal(
            [(ShardExit.Hopeless, "FailIndex"), (ShardExit.TryAgain, "Count")],
            job.Spec.PodFailurePolicy.Rules.Where(static rule => rule.OnExitCodes is not null).Select(static rule =>
                (rule.OnExitCodes.Values.Single(), rule.Action)));
        Assert.All(job.Spec.PodFailurePolicy.Rules.Where(static rule => rule.OnExitCodes is not null), rule =>
            Assert.Equal((container.Name, "In"), (rule.OnExitCodes.ContainerName, rule.OnExitCodes.OperatorProperty)));
        Assert.Equal("Never", job.Spec.Template.Spec.RestartPolicy);
        Assert.Equal(container.VolumeMounts.Select(static mount => mount.Name), job.Spec.Template.Spec.Volumes.Select(static volume => volume.Name));
    }

    [Fact]
    public void A_mistyped_key_would_be_found() =>
        Assert.ThrowsAny<YamlException>(() => KubernetesYaml.Deserialize<V1Job>(
            Text("kubernetes", "indexed-job.yaml").Replace("completionMode", "completionMood", StringComparison.Ordinal), strict: true));

    [Theory]
    [InlineData("upscale.sbatch")]
    [InlineData("bands.sbatch")]
    public void The_array_has_as_many_tasks_as_shards_and_requeues_by_the_exit_code(string file)
    {
        string text = Text("slurm", file);
        Assert.StartsWith("#!/bin/bash\n", text, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --array=0-15\n", text, StringComparison.Ordinal);
        Assert.Contains("export UPSTRIDE_SHARD_COUNT=${UPSTRIDE_SHARD_COUNT:-16}\n", text, StringComparison.Ordinal);
        Assert.Contains($"[ \"$code\" -eq {ShardExit.TryAgain} ]", text, StringComparison.Ordinal);
    }

    private static string Text(string folder, string file) => File.ReadAllText(Path.Combine(SharedData.Checkout, "deploy", folder, file));
}
