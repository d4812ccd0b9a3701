internal import HoldfastBase
package import HoldfastNode

/// A voter that may have forgotten registers is told what others have; see `KeyLesson`.
extension Brain {
    mutating func lessonBeat() {
        if let lesson, lesson.epoch != cluster.epoch || !cluster.learners.contains(lesson.node) {
            self.lesson = nil
        }
        guard lesson == nil, let node = cluster.learners.min() else { return }
        guard now.instant >= nextLesson else { return }
        // Several servers that do the same do no harm, but one is enough.
        nextLesson = now.instant + jitter(.seconds(2))
        let sources = lessonSources
        guard !sources.isEmpty else { return }
        let lesson = KeyLesson(node, epoch: cluster.epoch, sources: sources)
        self.lesson = lesson
        teach(lesson.first)
    }

    /// A quorum, or nobody.
    private var lessonSources: [NodeIndex] {
        let quorum = cluster.configuration.quorum
        #if HOLDFAST_PLANTS
            if Plant.lessonMinority.isActive { return Array(cluster.keyVoters.prefix(1)) }
        #endif
        return cluster.keyVoters.count < quorum ? [] : Array(cluster.keyVoters.prefix(quorum))
    }

    mutating func lessonAnswered(_ from: NodeIndex, _ tag: Tag, _ reply: NodeReply) {
        // Of an earlier lesson, a page could be taken for another, and what lies before it be missed.
        guard var lesson, tag.key.slot == lessonNumber else { return }
        let step = lesson.replied(from, reply)
        self.lesson = lesson
        switch step {
        case .send(let command) where lesson.epoch == cluster.epoch: teach(command)
        case .send, .over: self.lesson = nil
        case .done:
            keys.statistics.lessons += 1
            self.lesson = nil
            cluster.learningKnown(lesson.node, isLearning: false)
            runCluster()
        }
    }

    /// How many registers this server has told a node that learns.
    package func keysTold(_ node: NodeIndex) -> UInt64 {
        lesson?.node == node ? lesson?.told ?? 0 : 0
    }

    private mutating func teach(_ command: KeyLesson.Command) {
        guard let lesson else { return }
        lessonNumber = (lessonNumber + 1) & Tag.slotMax
        let tag = Tag(.learning, SlotKey(slot: lessonNumber, generation: 0))
        switch command {
        case .copy(let source, let after):
            send(source, tag, .copyRegisters(after: after, limit: KeyLesson.page))
        case .tell(let floor, let entries):
            send(lesson.node, tag, .learn(floor: floor, entries))
        case .end: send(lesson.node, tag, .endLearning)
        }
    }
}
